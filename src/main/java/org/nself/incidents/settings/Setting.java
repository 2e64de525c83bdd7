package org.nself.incidents.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An environment variable: how it is read and what the README says of it.
 *
 * @param name the variable
 * @param defaultValue used where the variable is not set; null where there is no default
 * @param fallback what happens without a value, where there is no default value: "required" for one
 * @param range which values are valid
 * @param purpose what it is for, in Markdown
 * @param parser checks and converts a value
 */
record Setting<T>(
    String name,
    @Nullable String defaultValue,
    String fallback,
    String range,
    String purpose,
    Parser<T> parser) {

  private static final Pattern HOST =
      Pattern.compile("([a-z0-9_.-]{1,253}|\\[[0-9a-f:.]{2,45}])(:[0-9]{1,5})?");

  private static final Pattern LINK =
      Pattern.compile("(?:https?://[^/\\s\\\\]+|/(?![/\\\\]))[!#-;=?-\\[\\]_a-~]{0,2000}");

  /** Converts the value of a variable, or throws a {@link ConfigurationException} that names it. */
  @FunctionalInterface
  interface Parser<T> {
    T parse(String variable, String value);
  }

  static <T> Setting<T> withDefault(
      String name, String defaultValue, String range, String purpose, Parser<T> parser) {
    return new Setting<>(name, defaultValue, "", range, purpose, parser);
  }

  static <T> Setting<T> withoutDefault(
      String name, String fallback, String range, String purpose, Parser<T> parser) {
    return new Setting<>(name, null, fallback, range, purpose, parser);
  }

  static Setting<Integer> number(String name, int defaultValue, int min, int max, String purpose) {
    return withDefault(
        name,
        String.valueOf(defaultValue),
        String.format(Locale.ROOT, "%,d to %,d", min, max),
        purpose,
        (variable, value) -> parseNumber(variable, value, min, max));
  }

  static Setting<String> oneOf(
      String name, String defaultValue, List<String> accepted, String purpose) {
    return withDefault(
        name,
        defaultValue,
        String.join(", ", accepted),
        purpose,
        (variable, value) -> parseChoice(variable, value, accepted));
  }

  /**
   * @throws ConfigurationException where the variable has no value and no default, or a value that
   *     is not valid
   */
  T read(Function<String, @Nullable String> environment) {
    @Nullable T value = readOptional(environment);
    if (value == null) {
      throw new ConfigurationException(name, "is not set: set it to " + range);
    }
    return value;
  }

  /**
   * Null where the variable has no value and no default. An empty value counts as none: compose
   * files pass unset variables on as empty.
   */
  @Nullable T readOptional(Function<String, @Nullable String> environment) {
    @Nullable String set = environment.apply(name);
    @Nullable String value = set == null || set.isBlank() ? defaultValue : set.strip();
    return value == null ? null : parser.parse(name, value);
  }

  /** The setting's row in the README. */
  String toMarkdown() {
    return "| `%s` | %s | %s | %s |"
        .formatted(
            name, defaultValue == null ? fallback : "`" + defaultValue + "`", range, purpose);
  }

  /** Addresses and ranges, with commas. */
  static TrustedProxies parseProxies(String variable, String value) {
    try {
      return TrustedProxies.parse(value);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          variable, "must list addresses or ranges by commas, such as 172.18.0.5,10.0.0.0/8");
    }
  }

  static int parseNumber(String variable, String value, int min, int max) {
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, like a number out of range.
    }
    throw new ConfigurationException(
        variable, "must be a whole number from %d to %d, not '%s'".formatted(min, max, value));
  }

  private static String parseChoice(String variable, String value, List<String> accepted) {
    String choice = value.toLowerCase(Locale.ROOT);
    if (!accepted.contains(choice)) {
      throw new ConfigurationException(
          variable, "must be one of %s, not '%s'".formatted(String.join(", ", accepted), choice));
    }
    return choice;
  }

  static String parseAddress(String variable, String value) {
    try {
      InetAddress _ = InetAddress.getByName(value);
      return value;
    } catch (UnknownHostException e) {
      throw new ConfigurationException(
          variable, "must be an address, such as 127.0.0.1 or 0.0.0.0, not '%s'".formatted(value));
    }
  }

  /** A link of a page: a script's URL such as {@code javascript:} is refused. */
  static String parseLink(String variable, String value) {
    if (!LINK.matcher(value).matches()) {
      throw new ConfigurationException(
          variable,
          "must be a URL that begins with https:// or http://, or a path that begins with one /");
    }
    return value;
  }

  static Path parsePath(String variable, String value) {
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new ConfigurationException(variable, "must be the path of a directory");
    }
  }

  /** In lower case, as they are compared. */
  static Set<String> parseHosts(String variable, String value) {
    Set<String> hosts = new LinkedHashSet<>();
    for (String host : value.toLowerCase(Locale.ROOT).split(",", -1)) {
      if (!host.isBlank() && !HOST.matcher(host.strip()).matches()) {
        throw new ConfigurationException(
            variable, "must be a comma-separated list of host, host:port or [IPv6 address]:port");
      }
      hosts.add(host.strip());
    }
    hosts.remove("");
    return Set.copyOf(hosts);
  }

  /** The limits of an account id of a request; another could never be used. */
  static String parseAccount(String variable, String value) {
    if (value.length() > Settings.MAX_ACCOUNT_LENGTH
        || value.chars().anyMatch(Character::isISOControl)) {
      throw new ConfigurationException(
          variable,
          "must have 1 to %d characters and no control characters"
              .formatted(Settings.MAX_ACCOUNT_LENGTH));
    }
    return value;
  }

  private static final Set<String> ROLES = Set.of("viewer", "user", "responder", "admin");

  /** Both roles in lower case, as they are compared. */
  static Map<String, String> parseRoleMap(String variable, String value) {
    Map<String, String> roles = new LinkedHashMap<>();
    for (String pair : value.toLowerCase(Locale.ROOT).split(",", -1)) {
      String[] parts = pair.strip().split(":", -1);
      if (parts.length != 2 || parts[0].isBlank() || !ROLES.contains(parts[1].strip())) {
        throw new ConfigurationException(
            variable,
            "must be a list such as seller:user,support:responder; the second is one of viewer,"
                + " user, responder, admin");
      }
      if (ROLES.contains(parts[0].strip()) || parts[0].strip().equals("service")) {
        throw new ConfigurationException(
            variable,
            "cannot map '%s', which is a role of this service".formatted(parts[0].strip()));
      }
      roles.put(parts[0].strip(), parts[1].strip());
    }
    return Map.copyOf(roles);
  }

  /** Claims without this prefix are not session variables of Hasura. */
  static String parseClaim(String variable, String value) {
    String claim = value.toLowerCase(Locale.ROOT);
    if (!claim.matches("x-hasura-[a-z0-9_-]{1,100}")) {
      throw new ConfigurationException(
          variable, "must name a claim that begins with x-hasura-, such as x-hasura-tenant-id");
    }
    return claim;
  }

  /** Only characters that an HTTP header can carry: another secret could never match. */
  static String parseSecret(String variable, String value) {
    if (!value.chars().allMatch(character -> character > 0x20 && character < 0x7f)) {
      throw new ConfigurationException(
          variable, "must consist of visible ASCII characters without spaces");
    }
    return value;
  }
}
