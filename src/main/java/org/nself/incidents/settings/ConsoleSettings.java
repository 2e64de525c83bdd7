package org.nself.incidents.settings;

import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How people sign in to the web console, and what is served beside it.
 *
 * @param signInUrl where people sign in; null where they paste a JWT
 * @param apiExplorer whether Swagger UI and GraphiQL are served
 * @param tryOutKey signs the JWTs of the try-out; null outside of the try-out, and always in a
 *     production configuration
 */
public record ConsoleSettings(
    @Nullable String signInUrl, boolean apiExplorer, @Nullable String tryOutKey) {

  private static final Pattern LINK =
      Pattern.compile("(?:https?://[^/\\s\\\\]+|/(?![/\\\\]))[!#-;=?-\\[\\]_a-~]{0,2000}");

  private static final Setting<String> CONSOLE_SIGN_IN_URL =
      Setting.withoutDefault(
          "CONSOLE_SIGN_IN_URL",
          "none: people paste a JWT",
          "`https://auth.example.com/login`, or a path of this host",
          "where the web console sends people to sign in; the page to return to is added as"
              + " `redirectTo` and `rd`",
          ConsoleSettings::parseLink);
  private static final Setting<String> API_EXPLORER =
      Setting.oneOf(
          "API_EXPLORER",
          "false",
          List.of("false", "true"),
          "`true` serves Swagger UI and GraphiQL under `/console/`; they need credentials like"
              + " every client");

  /** In the order of the README. */
  static final List<Setting<?>> ALL = List.of(CONSOLE_SIGN_IN_URL, API_EXPLORER);

  static ConsoleSettings read(Function<String, @Nullable String> environment) {
    return new ConsoleSettings(
        CONSOLE_SIGN_IN_URL.readOptional(environment),
        API_EXPLORER.read(environment).equals("true"),
        null);
  }

  /** A link of a page: a script's URL such as {@code javascript:} is refused. */
  private static String parseLink(String variable, String value) {
    if (!LINK.matcher(value).matches()) {
      throw new ConfigurationException(
          variable,
          "must be a URL that begins with https:// or http://, or a path that begins with one /");
    }
    return value;
  }

  /** Whether this process is the try-out, {@code ./mvnw spring-boot:run}. */
  public boolean isTryOut() {
    return tryOutKey != null;
  }

  /** Without the key, because records are easily logged. */
  @Override
  public String toString() {
    return "ConsoleSettings[signInUrl=%s, apiExplorer=%s, tryOut=%s]"
        .formatted(signInUrl, apiExplorer, isTryOut());
  }
}
