package org.nself.incidents.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration, read from environment variables and checked. Each record describes the
 * variables that it is read from; {@link #ALL} has all of them, and the table in the README is
 * checked against it.
 *
 * @param database where the database is
 * @param databasePoolSize how many connections serve requests
 * @param server what is expected of the database's server
 * @param bindAddress the address to listen on
 * @param port the port to listen on; 0 for a free one
 * @param pluginSecret the bearer token of trusted callers
 * @param internalSecret the {@code X-Internal-Token} of trusted callers; null for none
 * @param hasuraJwtSecret Hasura's JWT configuration, a JSON object; null where JWTs are not
 *     accepted
 * @param hasuraJwtSecrets further ones, a JSON array; null for none
 * @param defaultAccount the account of a JWT without one; null rejects such a JWT
 * @param accountClaim the JWT claim that holds the account, in lower case
 * @param callers how callers are identified
 * @param timeline how timelines are anchored
 * @param inbound limits of what clients send
 * @param live limits of live connections
 * @param runbooks what runbooks may reach
 * @param executions how runbooks are executed
 * @param console how people sign in to the web console
 * @param responses limits of what responses hold in memory
 * @param logLevel trace, debug, info, warn or error
 */
public record Settings(
    DatabaseUrl database,
    int databasePoolSize,
    ServerSettings server,
    String bindAddress,
    int port,
    String pluginSecret,
    @Nullable String internalSecret,
    @Nullable String hasuraJwtSecret,
    @Nullable String hasuraJwtSecrets,
    @Nullable String defaultAccount,
    String accountClaim,
    CallerSettings callers,
    TimelineSettings timeline,
    InboundSettings inbound,
    LiveSettings live,
    RunbookSettings runbooks,
    ExecutionSettings executions,
    ConsoleSettings console,
    ResponseSettings responses,
    String logLevel) {

  /**
   * System property that switches the {@code fastpath} package off when it is {@code false}; on by
   * default. For benchmarks and for tests of the ordinary path, so not an environment variable.
   */
  public static final String FASTPATH_PROPERTY = "nself.fastpath";

  public static final int MAX_ACCOUNT_LENGTH = 128;

  public static final String DEFAULT_ACCOUNT_CLAIM = "x-hasura-source-account-id";

  private static final int MIN_SECRET_LENGTH = 16;
  private static final int RECOMMENDED_SECRET_LENGTH = 32;

  private static final Setting<DatabaseUrl> DATABASE_URL =
      Setting.withoutDefault(
          "DATABASE_URL",
          "required",
          "`postgres://user:password@host:port/database?sslmode=…`,"
              + " `jdbc:postgresql://host:port/database`",
          "PostgreSQL 14 to 18. The user migrates the schema at the start, under a lock, and must"
              + " be allowed to create a role; requests run as the role `nself_incident_mgmt`,"
              + " which owns nothing and cannot bypass row-level security",
          DatabaseUrl::parse);
  private static final Setting<Integer> DATABASE_POOL_SIZE =
      Setting.number(
          "DATABASE_POOL_SIZE",
          10,
          1,
          200,
          "connections that serve requests; a process has up to six more, for runbooks, `LISTEN`"
              + " and health checks");
  private static final Setting<String> LISTEN_DATABASE_URL =
      Setting.withoutDefault(
          "LISTEN_DATABASE_URL",
          "`DATABASE_URL`",
          "as `DATABASE_URL`, or `off`",
          "where to `LISTEN`, if `DATABASE_URL` goes through PgBouncer in transaction mode; `off`"
              + " polls instead",
          (_, value) -> value);
  private static final Setting<String> PLUGIN_SECRET =
      Setting.withoutDefault(
          "PLUGIN_SECRET",
          "required, unless `PLUGIN_INTERNAL_SECRET` is set",
          "at least 16 visible ASCII characters, no spaces; 32 or more are recommended",
          "the bearer token of gateways and siblings; `openssl rand -hex 32` generates one",
          Settings::parseSecret);
  private static final Setting<String> PLUGIN_INTERNAL_SECRET =
      Setting.withoutDefault(
          "PLUGIN_INTERNAL_SECRET",
          "none",
          "at least 16 visible ASCII characters, no spaces; 32 or more are recommended",
          "the token that siblings send in `X-Internal-Token`; the bearer token too, if"
              + " `PLUGIN_SECRET` is not set",
          Settings::parseSecret);
  private static final Setting<String> HASURA_GRAPHQL_JWT_SECRET =
      Setting.withoutDefault(
          "HASURA_GRAPHQL_JWT_SECRET",
          "none: JWTs are rejected",
          "a JSON object, as Hasura's",
          "Hasura's JWT configuration, so that users' tokens are accepted",
          (_, value) -> value);
  private static final Setting<String> HASURA_GRAPHQL_JWT_SECRETS =
      Setting.withoutDefault(
          "HASURA_GRAPHQL_JWT_SECRETS",
          "none",
          "a JSON array of such objects",
          "several JWT configurations, for several issuers; a token is accepted if one of them"
              + " accepts it",
          (_, value) -> value);
  private static final Setting<String> ACCOUNT_CLAIM =
      Setting.withDefault(
          "ACCOUNT_CLAIM",
          DEFAULT_ACCOUNT_CLAIM,
          "a name that begins with `x-hasura-`",
          "the JWT claim that names the account; with the default also `x-hasura-tenant-id`, which"
              + " nSelf's gateway signs, in a token without the other",
          Settings::parseClaim);
  private static final Setting<String> DEFAULT_SOURCE_ACCOUNT_ID =
      Setting.withoutDefault(
          "DEFAULT_SOURCE_ACCOUNT_ID",
          "none: they get 403",
          "1 to 128 characters",
          "the account of JWTs that name none",
          Settings::parseAccount);
  private static final Setting<String> BIND_ADDRESS =
      Setting.withDefault(
          "BIND_ADDRESS",
          "127.0.0.1",
          "an address of this machine",
          "the address to listen on; the image sets `0.0.0.0`",
          Settings::parseAddress);
  private static final Setting<Integer> PORT =
      Setting.number("PORT", 3833, 0, 65_535, "the port to listen on; 0 for a free one");
  private static final Setting<String> LOG_LEVEL =
      Setting.oneOf(
          "LOG_LEVEL",
          "info",
          List.of("trace", "debug", "info", "warn", "error"),
          "the least level of log lines");

  /** Every setting, in the order of the README. */
  static final List<Setting<?>> ALL =
      Stream.of(
              List.<Setting<?>>of(DATABASE_URL, DATABASE_POOL_SIZE),
              ServerSettings.ALL,
              List.<Setting<?>>of(
                  LISTEN_DATABASE_URL,
                  PLUGIN_SECRET,
                  PLUGIN_INTERNAL_SECRET,
                  HASURA_GRAPHQL_JWT_SECRET,
                  HASURA_GRAPHQL_JWT_SECRETS,
                  ACCOUNT_CLAIM,
                  DEFAULT_SOURCE_ACCOUNT_ID),
              CallerSettings.ALL,
              TimelineSettings.ALL,
              InboundSettings.ALL,
              LiveSettings.ALL,
              ResponseSettings.ALL,
              ExecutionSettings.ALL,
              RunbookSettings.ALL,
              ConsoleSettings.ALL,
              List.<Setting<?>>of(BIND_ADDRESS, PORT, LOG_LEVEL))
          .flatMap(List::stream)
          .toList();

  /**
   * Reads the settings.
   *
   * @param environment returns the value of a variable, or null
   * @throws ConfigurationException naming the first variable that is missing or malformed
   */
  public static Settings read(Function<String, @Nullable String> environment) {
    @Nullable String internalSecret = PLUGIN_INTERNAL_SECRET.readOptional(environment);
    @Nullable String pluginSecret = PLUGIN_SECRET.readOptional(environment);
    if (pluginSecret == null) {
      pluginSecret = internalSecret;
    }
    @Nullable DatabaseUrl database = DATABASE_URL.readOptional(environment);
    if (database == null) {
      throw new ConfigurationException(
          DATABASE_URL.name(),
          "is not set: set it to postgres://user:password@host:5432/database (to try the service"
              + " without a database: ./mvnw spring-boot:run)");
    }
    if (pluginSecret == null) {
      throw new ConfigurationException(
          PLUGIN_SECRET.name(),
          "is not set: set it to the token that callers must send, such as $(openssl rand -hex"
              + " 32)");
    }
    return new Settings(
        database,
        DATABASE_POOL_SIZE.read(environment),
        ServerSettings.read(environment),
        BIND_ADDRESS.read(environment),
        PORT.read(environment),
        pluginSecret,
        internalSecret,
        HASURA_GRAPHQL_JWT_SECRET.readOptional(environment),
        HASURA_GRAPHQL_JWT_SECRETS.readOptional(environment),
        DEFAULT_SOURCE_ACCOUNT_ID.readOptional(environment),
        ACCOUNT_CLAIM.read(environment),
        CallerSettings.read(environment),
        TimelineSettings.read(environment),
        InboundSettings.read(environment),
        LiveSettings.read(
            environment, listenUrl(LISTEN_DATABASE_URL.readOptional(environment), database)),
        RunbookSettings.read(environment),
        ExecutionSettings.read(environment),
        ConsoleSettings.read(environment),
        ResponseSettings.read(environment),
        LOG_LEVEL.read(environment));
  }

  private static @Nullable DatabaseUrl listenUrl(@Nullable String value, DatabaseUrl database) {
    if (value == null) {
      return database;
    }
    return value.equalsIgnoreCase("off")
        ? null
        : DatabaseUrl.parse(LISTEN_DATABASE_URL.name(), value);
  }

  private static String parseAddress(String variable, String value) {
    try {
      InetAddress _ = InetAddress.getByName(value);
      return value;
    } catch (UnknownHostException e) {
      throw new ConfigurationException(
          variable, "must be an address, such as 127.0.0.1 or 0.0.0.0, not '%s'".formatted(value));
    }
  }

  /** The limits of an account id of a request; another could never be used. */
  private static String parseAccount(String variable, String value) {
    if (value.length() > MAX_ACCOUNT_LENGTH || value.chars().anyMatch(Character::isISOControl)) {
      throw new ConfigurationException(
          variable,
          "must have 1 to %d characters and no control characters".formatted(MAX_ACCOUNT_LENGTH));
    }
    return value;
  }

  /** Claims without this prefix are not session variables of Hasura. */
  private static String parseClaim(String variable, String value) {
    String claim = value.toLowerCase(Locale.ROOT);
    if (!claim.matches("x-hasura-[a-z0-9_-]{1,100}")) {
      throw new ConfigurationException(
          variable, "must name a claim that begins with x-hasura-, such as x-hasura-tenant-id");
    }
    return claim;
  }

  /** Only characters that an HTTP header can carry: another secret could never match. */
  private static String parseSecret(String variable, String value) {
    if (!value.chars().allMatch(character -> character > 0x20 && character < 0x7f)) {
      throw new ConfigurationException(
          variable, "must consist of visible ASCII characters without spaces");
    }
    return value;
  }

  /**
   * Refuses secrets that could be guessed. Not for the development mode, in which everybody knows
   * the token.
   *
   * @throws ConfigurationException naming the variable
   */
  public void requireLongSecrets() {
    secrets()
        .forEach(
            (name, secret) -> {
              if (secret.length() < MIN_SECRET_LENGTH) {
                throw new ConfigurationException(
                    name,
                    "has %d characters, at least %d are required: set a random one, such as $(openssl rand -hex 32)"
                        .formatted(secret.length(), MIN_SECRET_LENGTH));
              }
            });
  }

  /** A sentence for each secret that is shorter than recommended. */
  public List<String> warnings() {
    return secrets().entrySet().stream()
        .filter(secret -> secret.getValue().length() < RECOMMENDED_SECRET_LENGTH)
        .map(
            secret ->
                "%s has %d characters; at least %d are recommended, such as $(openssl rand -hex 32)"
                    .formatted(
                        secret.getKey(), secret.getValue().length(), RECOMMENDED_SECRET_LENGTH))
        .toList();
  }

  /** By the variables that set them. */
  private Map<String, String> secrets() {
    if (internalSecret == null) {
      return Map.of("PLUGIN_SECRET", pluginSecret);
    }
    return pluginSecret.equals(internalSecret)
        ? Map.of("PLUGIN_INTERNAL_SECRET", internalSecret)
        : Map.of("PLUGIN_SECRET", pluginSecret, "PLUGIN_INTERNAL_SECRET", internalSecret);
  }

  /**
   * These settings for the try-out, in which the console signs a browser on this machine in by
   * itself. No environment variable sets this.
   *
   * @param key the key of the HS256 JWTs that {@code hasuraJwtSecret} accepts
   */
  public Settings withTryOut(String key) {
    return new Settings(
        database,
        databasePoolSize,
        server,
        bindAddress,
        port,
        pluginSecret,
        internalSecret,
        hasuraJwtSecret,
        hasuraJwtSecrets,
        defaultAccount,
        accountClaim,
        callers,
        timeline,
        inbound,
        live,
        runbooks,
        executions,
        new ConsoleSettings(console.signInUrl(), true, key),
        responses,
        logLevel);
  }

  /** Without the secrets, because records are easily logged. */
  @Override
  public String toString() {
    return "Settings[" + database + ", listening on " + bindAddress + ":" + port + "]";
  }
}
