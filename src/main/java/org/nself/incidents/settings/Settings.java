package org.nself.incidents.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the environment says, checked. The README lists the variables.
 *
 * @param database where the database is
 * @param databasePoolSize how many connections serve requests, 1 to 200
 * @param bindAddress the address to listen on
 * @param port the port to listen on; 0 takes a free one
 * @param pluginSecret the bearer token of callers that are trusted
 * @param internalSecret the {@code X-Internal-Token} of callers that are trusted; null where there
 *     is none
 * @param hasuraJwtSecret Hasura's JWT configuration, a JSON object as text; null where JWTs are not
 *     accepted
 * @param defaultAccount the account of a JWT that names none; null refuses such a JWT
 * @param accountClaim the JWT claim that holds the account, in lower case
 * @param live how live connections are served
 * @param runbooks what runbooks may reach
 * @param executions how runbooks are executed
 * @param logLevel trace, debug, info, warn or error
 */
public record Settings(
    DatabaseUrl database,
    int databasePoolSize,
    String bindAddress,
    int port,
    String pluginSecret,
    @Nullable String internalSecret,
    @Nullable String hasuraJwtSecret,
    @Nullable String defaultAccount,
    String accountClaim,
    LiveSettings live,
    RunbookSettings runbooks,
    ExecutionSettings executions,
    String logLevel) {

  /**
   * System property that switches the {@code fastpath} packages off when it is {@code false}; on by
   * default. For benchmarks and for tests of the ordinary path, so not an environment variable.
   */
  public static final String FASTPATH_PROPERTY = "nself.fastpath";

  private static final int MAX_ACCOUNT = 128;
  private static final Pattern HOST =
      Pattern.compile("([a-z0-9_.-]{1,253}|\\[[0-9a-f:.]{2,45}])(:[0-9]{1,5})?");
  private static final Set<String> LOG_LEVELS = Set.of("trace", "debug", "info", "warn", "error");

  /**
   * Reads the settings.
   *
   * @param environment gives the value of a variable, or null
   * @throws ConfigurationException naming the first variable that cannot be used
   */
  public static Settings read(Function<String, @Nullable String> environment) {
    Variables variables = new Variables(environment);
    @Nullable String internalSecret = variables.secret("PLUGIN_INTERNAL_SECRET");
    @Nullable String pluginSecret = variables.secret("PLUGIN_SECRET");
    if (pluginSecret == null) {
      pluginSecret = internalSecret;
    }
    String database =
        variables.required(
            "DATABASE_URL",
            "such as postgres://user:password@host:5432/database (to try out without one: ./mvnw"
                + " spring-boot:run)");
    if (pluginSecret == null) {
      throw new ConfigurationException(
          "PLUGIN_SECRET",
          "is not set: give the token that callers must send, such as $(openssl rand -hex 32)");
    }
    return new Settings(
        DatabaseUrl.parse("DATABASE_URL", database),
        variables.number("DATABASE_POOL_SIZE", 10, 1, 200),
        variables.address("BIND_ADDRESS", "127.0.0.1"),
        variables.number("PORT", 3833, 0, 65_535),
        pluginSecret,
        internalSecret,
        variables.text("HASURA_GRAPHQL_JWT_SECRET"),
        variables.account("DEFAULT_SOURCE_ACCOUNT_ID"),
        variables.claim("ACCOUNT_CLAIM", "x-hasura-source-account-id"),
        new LiveSettings(
            listen(variables.or("LISTEN_DATABASE_URL", database)),
            variables.number("LIVE_MAX_CONNECTIONS", 2_000, 1, 1_000_000),
            variables.number("LIVE_MAX_SUBSCRIPTIONS", 10_000, 1, 1_000_000)),
        new RunbookSettings(
            variables.path("RUNBOOK_SECRETS_DIR", "/run/secrets"),
            variables.flag("ALLOW_PRIVATE_URLS"),
            variables.hosts("ALLOWED_PRIVATE_HOSTS")),
        new ExecutionSettings(
            variables.number("RUNBOOK_WORKERS", 64, 1, 1_000),
            variables.number("RUNBOOK_MAX_EXECUTIONS", 1_000, 1, 1_000_000)),
        variables.oneOf("LOG_LEVEL", "info", LOG_LEVELS));
  }

  private static @Nullable DatabaseUrl listen(String value) {
    return value.equalsIgnoreCase("off") ? null : DatabaseUrl.parse("LISTEN_DATABASE_URL", value);
  }

  /** Without the secrets, because records are easily logged. */
  @Override
  public String toString() {
    return "Settings[" + database + ", listening on " + bindAddress + ":" + port + "]";
  }

  private record Variables(Function<String, @Nullable String> environment) {

    /** An empty value counts as none: compose files pass unset variables on as empty. */
    @Nullable String text(String name) {
      @Nullable String value = environment.apply(name);
      return value == null || value.isBlank() ? null : value.strip();
    }

    String or(String name, String otherwise) {
      @Nullable String value = text(name);
      return value == null ? otherwise : value;
    }

    String required(String name, String example) {
      @Nullable String value = text(name);
      if (value == null) {
        throw new ConfigurationException(name, "is not set: give one " + example);
      }
      return value;
    }

    int number(String name, int otherwise, int min, int max) {
      @Nullable String value = text(name);
      if (value == null) {
        return otherwise;
      }
      try {
        int number = Integer.parseInt(value);
        if (number >= min && number <= max) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Answered below, as a number out of range is.
      }
      throw new ConfigurationException(
          name, "must be a whole number from %d to %d, not '%s'".formatted(min, max, value));
    }

    String address(String name, String otherwise) {
      String value = or(name, otherwise);
      try {
        InetAddress _ = InetAddress.getByName(value);
        return value;
      } catch (UnknownHostException e) {
        throw new ConfigurationException(
            name, "must be an address, such as 127.0.0.1 or 0.0.0.0, not '%s'".formatted(value));
      }
    }

    Path path(String name, String otherwise) {
      String value = or(name, otherwise);
      try {
        return Path.of(value);
      } catch (InvalidPathException e) {
        throw new ConfigurationException(name, "must be the path of a directory");
      }
    }

    boolean flag(String name) {
      return oneOf(name, "false", Set.of("true", "false")).equals("true");
    }

    /** In lower case, as they are compared. */
    Set<String> hosts(String name) {
      Set<String> hosts = new LinkedHashSet<>();
      for (String host : or(name, "").toLowerCase(Locale.ROOT).split(",", -1)) {
        if (!host.isBlank() && !HOST.matcher(host.strip()).matches()) {
          throw new ConfigurationException(
              name, "must list hosts as host, host:port or [IPv6 address]:port, by commas");
        }
        hosts.add(host.strip());
      }
      hosts.remove("");
      return Set.copyOf(hosts);
    }

    String oneOf(String name, String otherwise, Set<String> accepted) {
      String value = or(name, otherwise).toLowerCase(Locale.ROOT);
      if (!accepted.contains(value)) {
        throw new ConfigurationException(
            name,
            "must be one of "
                + String.join(", ", accepted.stream().sorted().toList())
                + ", not '"
                + value
                + "'");
      }
      return value;
    }

    /** As every account that a request may have; else each request would be refused for it. */
    @Nullable String account(String name) {
      @Nullable String value = text(name);
      if (value != null
          && (value.length() > MAX_ACCOUNT || value.chars().anyMatch(Character::isISOControl))) {
        throw new ConfigurationException(
            name,
            "must have 1 to %d characters, no control characters among them"
                .formatted(MAX_ACCOUNT));
      }
      return value;
    }

    /** Claims without this prefix are none of Hasura's session variables. */
    String claim(String name, String otherwise) {
      String value = or(name, otherwise).toLowerCase(Locale.ROOT);
      if (!value.matches("x-hasura-[a-z0-9_-]{1,100}")) {
        throw new ConfigurationException(
            name, "must name a claim that begins with x-hasura-, such as x-hasura-tenant-id");
      }
      return value;
    }

    /** A header value cannot carry anything else, so such a secret could never be matched. */
    @Nullable String secret(String name) {
      @Nullable String value = text(name);
      if (value != null
          && !value.chars().allMatch(character -> character > 0x20 && character < 0x7f)) {
        throw new ConfigurationException(
            name, "must consist of visible ASCII characters without spaces");
      }
      return value;
    }
  }
}
