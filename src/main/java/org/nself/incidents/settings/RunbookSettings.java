package org.nself.incidents.settings;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What runbooks may reach.
 *
 * @param secretsDirectory a directory with a file per secret, as container engines mount them; it
 *     need not exist
 * @param allowPrivateUrls whether steps may call any address
 * @param allowedPrivateHosts hosts that steps may call at any address, each {@code host} or {@code
 *     host:port} in lower case
 */
public record RunbookSettings(
    Path secretsDirectory, boolean allowPrivateUrls, Set<String> allowedPrivateHosts) {

  private static final Pattern HOST =
      Pattern.compile("([a-z0-9_.-]{1,253}|\\[[0-9a-f:.]{2,45}])(:[0-9]{1,5})?");

  private static final Setting<String> RUNBOOK_SECRET_NAME =
      Setting.withoutDefault(
          "RUNBOOK_SECRET_NAME",
          "the file `NAME` in `RUNBOOK_SECRETS_DIR`",
          "any text",
          "the value of `${secret(\"NAME\")}` in a runbook, for any `NAME`",
          (_, value) -> value);
  private static final Setting<String> RUNBOOK_SECRET_NAME_ACCOUNTS =
      Setting.withDefault(
          "RUNBOOK_SECRET_NAME_ACCOUNTS",
          "primary",
          "accounts, with commas",
          "the accounts whose runbooks can use the secret `NAME`",
          (_, value) -> value);
  private static final Setting<String> RUNBOOK_SECRET_NAME_HOSTS =
      Setting.withoutDefault(
          "RUNBOOK_SECRET_NAME_HOSTS",
          "every host that may be called",
          "`deploy.internal,10.0.0.7:8080`",
          "the hosts that the secret `NAME` can be sent to",
          (_, value) -> value);
  private static final Setting<Path> RUNBOOK_SECRETS_DIR =
      Setting.withDefault(
          "RUNBOOK_SECRETS_DIR",
          "/run/secrets",
          "a path",
          "the directory of secrets that are files; it need not exist",
          RunbookSettings::parsePath);
  private static final Setting<Set<String>> ALLOWED_PRIVATE_HOSTS =
      Setting.withoutDefault(
          "ALLOWED_PRIVATE_HOSTS",
          "none",
          "`deploy.internal,10.0.0.7:8080,[fd00::7]:80`",
          "hosts in private networks that runbooks may call",
          RunbookSettings::parseHosts);
  private static final Setting<String> ALLOW_PRIVATE_URLS =
      Setting.oneOf(
          "ALLOW_PRIVATE_URLS",
          "false",
          List.of("false", "true"),
          "`true` lets runbooks call every host in private networks");

  /** In the order of the README. */
  static final List<Setting<?>> ALL =
      List.of(
          RUNBOOK_SECRET_NAME,
          RUNBOOK_SECRET_NAME_ACCOUNTS,
          RUNBOOK_SECRET_NAME_HOSTS,
          RUNBOOK_SECRETS_DIR,
          ALLOWED_PRIVATE_HOSTS,
          ALLOW_PRIVATE_URLS);

  static RunbookSettings read(Function<String, @Nullable String> environment) {
    @Nullable Set<String> privateHosts = ALLOWED_PRIVATE_HOSTS.readOptional(environment);
    return new RunbookSettings(
        RUNBOOK_SECRETS_DIR.read(environment),
        ALLOW_PRIVATE_URLS.read(environment).equals("true"),
        privateHosts == null ? Set.of() : privateHosts);
  }

  private static Path parsePath(String variable, String value) {
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new ConfigurationException(variable, "must be the path of a directory");
    }
  }

  /** In lower case, as they are compared. */
  private static Set<String> parseHosts(String variable, String value) {
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
}
