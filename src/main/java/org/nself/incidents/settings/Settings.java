package org.nself.incidents.settings;

import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The configuration, read from environment variables and checked. The variables are described by
 * {@link #ALL}, from which the table in the README is checked.
 *
 * @param database where the database is
 * @param databasePoolSize how many connections serve requests
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
          Setting::parseSecret);
  private static final Setting<String> PLUGIN_INTERNAL_SECRET =
      Setting.withoutDefault(
          "PLUGIN_INTERNAL_SECRET",
          "none",
          "at least 16 visible ASCII characters, no spaces; 32 or more are recommended",
          "the token that siblings send in `X-Internal-Token`; the bearer token too, if"
              + " `PLUGIN_SECRET` is not set",
          Setting::parseSecret);
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
          Setting::parseClaim);
  private static final Setting<String> DEFAULT_SOURCE_ACCOUNT_ID =
      Setting.withoutDefault(
          "DEFAULT_SOURCE_ACCOUNT_ID",
          "none: they get 403",
          "1 to 128 characters",
          "the account of JWTs that name none",
          Setting::parseAccount);
  private static final Setting<Map<String, String>> ROLE_MAP =
      Setting.withoutDefault(
          "ROLE_MAP",
          "none: they get 403",
          "`seller:user,support:responder`",
          "the roles viewer, user, responder and admin by roles that others use",
          Setting::parseRoleMap);
  private static final Setting<Integer> MAX_WRONG_TOKENS =
      Setting.number(
          "MAX_WRONG_TOKENS",
          200,
          1,
          1_000_000,
          "wrong tokens that an address may send in a minute; above it they get 429, and an address"
              + " that sent no right token in the last hour is blocked for the rest of the minute");
  private static final Setting<TrustedProxies> TRUSTED_PROXIES =
      Setting.withoutDefault(
          "TRUSTED_PROXIES",
          "none",
          "`172.18.0.5,10.0.0.0/8`",
          "the proxies whose `X-Forwarded-For` is believed",
          Setting::parseProxies);
  private static final Setting<List<KeyPair>> TIMELINE_ANCHOR_KEY =
      Setting.withoutDefault(
          "TIMELINE_ANCHOR_KEY",
          "none: no anchors",
          "an Ed25519 private key, PKCS #8 in PEM or base64; with commas further ones, which only"
              + " verify",
          "signs the state of timelines, so that a kept statement shows tampering;"
              + " `openssl genpkey -algorithm ed25519 -outform DER \\| base64 -w0` generates one",
          SigningKeys::parse);
  private static final Setting<Integer> TIMELINE_ANCHOR_INTERVAL_SECONDS =
      Setting.number(
          "TIMELINE_ANCHOR_INTERVAL_SECONDS",
          60,
          1,
          86_400,
          "how often anchors of changed timelines are written to the log");
  private static final Setting<Integer> MAX_CONNECTIONS =
      Setting.withoutDefault(
          "MAX_CONNECTIONS",
          "one for each 64 KiB of the heap: 4,000 in the image",
          "100 to 1,000,000",
          "TCP connections that may be open; idle ones end where more are needed",
          (variable, value) -> Setting.parseNumber(variable, value, 100, 1_000_000));
  private static final Setting<Integer> MAX_UNKNOWN_CALLERS =
      Setting.number(
          "MAX_UNKNOWN_CALLERS",
          200,
          1,
          1_000_000,
          "WebSockets that have not authenticated yet, and requests of which a part has arrived");
  private static final Setting<Integer> MAX_UNKNOWN_CALLERS_PER_ADDRESS =
      Setting.number(
          "MAX_UNKNOWN_CALLERS_PER_ADDRESS",
          20,
          1,
          1_000_000,
          "those of them that an address may have; set `TRUSTED_PROXIES` if a proxy opens the"
              + " connections");
  private static final Setting<Integer> INBOUND_MEMORY_MIB =
      Setting.withoutDefault(
          "INBOUND_MEMORY_MIB",
          "an eighth of the heap: 31 in the image",
          "10 to 100,000",
          "MiB that the requests and messages in progress may take, 64 KiB for each and twice its"
              + " body; an account may take a quarter of it",
          (variable, value) -> Setting.parseNumber(variable, value, 10, 100_000));
  private static final Setting<Integer> HEADER_TIMEOUT_SECONDS =
      Setting.number(
          "HEADER_TIMEOUT_SECONDS",
          10,
          1,
          3_600,
          "how long the first byte and the head of a request may take, and a WebSocket to"
              + " authenticate");
  private static final Setting<Integer> BODY_TIMEOUT_SECONDS =
      Setting.number(
          "BODY_TIMEOUT_SECONDS",
          30,
          1,
          3_600,
          "how long the body of a request may take; in each 10 s at least 8 KiB must arrive");
  private static final Setting<Integer> KEEP_ALIVE_SECONDS =
      Setting.number(
          "KEEP_ALIVE_SECONDS",
          75,
          1,
          3_600,
          "how long a connection may wait for the next request: longer than the proxy before it"
              + " waits");
  private static final Setting<Integer> LIVE_MAX_CONNECTIONS =
      Setting.number(
          "LIVE_MAX_CONNECTIONS",
          2_000,
          1,
          1_000_000,
          "live connections that an account may have to a process");
  private static final Setting<Integer> LIVE_MAX_SUBSCRIPTIONS =
      Setting.number(
          "LIVE_MAX_SUBSCRIPTIONS",
          10_000,
          1,
          1_000_000,
          "subscriptions that an account may have in a process");
  private static final Setting<Integer> RESPONSE_MAX_MIB =
      Setting.number(
          "RESPONSE_MAX_MIB",
          4,
          1,
          1_024,
          "MiB that one response may have: a list ends early and says that more follows; what"
              + " cannot end early gets 413");
  private static final Setting<Integer> RESPONSE_MEMORY_MIB =
      Setting.withoutDefault(
          "RESPONSE_MEMORY_MIB",
          "an eighth of the heap",
          "4 to 65,536",
          "MiB of responses and live events that clients have not taken yet; an account may have a"
              + " quarter. Above it slow clients are disconnected, and then requests get 503",
          (variable, value) -> Setting.parseNumber(variable, value, 4, 65_536));
  private static final Setting<Integer> VERIFICATION_SECONDS =
      Setting.number(
          "VERIFICATION_SECONDS",
          10,
          1,
          60,
          "seconds of each minute that an account may have timelines verified; above it"
              + " verifications get 429");
  private static final Setting<Integer> LIVE_MAX_COMPLEXITY =
      Setting.number(
          "LIVE_MAX_COMPLEXITY",
          200_000,
          100,
          100_000_000,
          "values that one result of each GraphQL subscription of an account may have, in sum in a"
              + " process; a subscription of an event without nested fields has about ten");
  private static final Setting<Integer> RUNBOOK_WORKERS =
      Setting.number(
          "RUNBOOK_WORKERS",
          64,
          1,
          1_000,
          "executions of runbooks that a process evaluates at once; one that only waits for"
              + " responses is not counted");
  private static final Setting<Integer> RUNBOOK_MAX_CALLS =
      Setting.number(
          "RUNBOOK_MAX_CALLS",
          192,
          2,
          10_000,
          "HTTP requests of runbooks that a process has in flight; an account has at most as many"
              + " as are still free, so half of them while no other account has any");
  private static final Setting<Integer> RUNBOOK_MAX_EXECUTIONS =
      Setting.number(
          "RUNBOOK_MAX_EXECUTIONS",
          1_000,
          1,
          1_000_000,
          "unfinished executions that an account may have");
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
          Setting::parsePath);
  private static final Setting<Set<String>> ALLOWED_PRIVATE_HOSTS =
      Setting.withoutDefault(
          "ALLOWED_PRIVATE_HOSTS",
          "none",
          "`deploy.internal,10.0.0.7:8080,[fd00::7]:80`",
          "hosts in private networks that runbooks may call",
          Setting::parseHosts);
  private static final Setting<String> ALLOW_PRIVATE_URLS =
      Setting.oneOf(
          "ALLOW_PRIVATE_URLS",
          "false",
          List.of("false", "true"),
          "`true` lets runbooks call every host in private networks");
  private static final Setting<String> CONSOLE_SIGN_IN_URL =
      Setting.withoutDefault(
          "CONSOLE_SIGN_IN_URL",
          "none: people paste a JWT",
          "`https://auth.example.com/login`, or a path of this host",
          "where the web console sends people to sign in; the page to return to is added as"
              + " `redirectTo` and `rd`",
          Setting::parseLink);
  private static final Setting<String> API_EXPLORER =
      Setting.oneOf(
          "API_EXPLORER",
          "false",
          List.of("false", "true"),
          "`true` serves Swagger UI and GraphiQL under `/console/`; they need credentials like"
              + " every client");
  private static final Setting<String> BIND_ADDRESS =
      Setting.withDefault(
          "BIND_ADDRESS",
          "127.0.0.1",
          "an address of this machine",
          "the address to listen on; the image sets `0.0.0.0`",
          Setting::parseAddress);
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
      List.of(
          DATABASE_URL,
          DATABASE_POOL_SIZE,
          LISTEN_DATABASE_URL,
          PLUGIN_SECRET,
          PLUGIN_INTERNAL_SECRET,
          HASURA_GRAPHQL_JWT_SECRET,
          HASURA_GRAPHQL_JWT_SECRETS,
          ACCOUNT_CLAIM,
          DEFAULT_SOURCE_ACCOUNT_ID,
          ROLE_MAP,
          MAX_WRONG_TOKENS,
          TRUSTED_PROXIES,
          TIMELINE_ANCHOR_KEY,
          TIMELINE_ANCHOR_INTERVAL_SECONDS,
          MAX_CONNECTIONS,
          MAX_UNKNOWN_CALLERS,
          MAX_UNKNOWN_CALLERS_PER_ADDRESS,
          INBOUND_MEMORY_MIB,
          HEADER_TIMEOUT_SECONDS,
          BODY_TIMEOUT_SECONDS,
          KEEP_ALIVE_SECONDS,
          LIVE_MAX_CONNECTIONS,
          LIVE_MAX_SUBSCRIPTIONS,
          RESPONSE_MAX_MIB,
          RESPONSE_MEMORY_MIB,
          VERIFICATION_SECONDS,
          LIVE_MAX_COMPLEXITY,
          RUNBOOK_WORKERS,
          RUNBOOK_MAX_CALLS,
          RUNBOOK_MAX_EXECUTIONS,
          RUNBOOK_SECRET_NAME,
          RUNBOOK_SECRET_NAME_ACCOUNTS,
          RUNBOOK_SECRET_NAME_HOSTS,
          RUNBOOK_SECRETS_DIR,
          ALLOWED_PRIVATE_HOSTS,
          ALLOW_PRIVATE_URLS,
          CONSOLE_SIGN_IN_URL,
          API_EXPLORER,
          BIND_ADDRESS,
          PORT,
          LOG_LEVEL);

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
    @Nullable TrustedProxies proxies = TRUSTED_PROXIES.readOptional(environment);
    @Nullable Map<String, String> roleMap = ROLE_MAP.readOptional(environment);
    @Nullable List<KeyPair> anchorKeys = TIMELINE_ANCHOR_KEY.readOptional(environment);
    @Nullable Set<String> privateHosts = ALLOWED_PRIVATE_HOSTS.readOptional(environment);
    return new Settings(
        database,
        DATABASE_POOL_SIZE.read(environment),
        BIND_ADDRESS.read(environment),
        PORT.read(environment),
        pluginSecret,
        internalSecret,
        HASURA_GRAPHQL_JWT_SECRET.readOptional(environment),
        HASURA_GRAPHQL_JWT_SECRETS.readOptional(environment),
        DEFAULT_SOURCE_ACCOUNT_ID.readOptional(environment),
        ACCOUNT_CLAIM.read(environment),
        new CallerSettings(
            proxies == null ? TrustedProxies.NONE : proxies,
            MAX_WRONG_TOKENS.read(environment),
            roleMap == null ? Map.of() : roleMap),
        new TimelineSettings(
            anchorKeys == null ? List.of() : anchorKeys,
            TIMELINE_ANCHOR_INTERVAL_SECONDS.read(environment)),
        inbound(environment, Runtime.getRuntime().maxMemory()),
        new LiveSettings(
            listen(LISTEN_DATABASE_URL.readOptional(environment), database),
            LIVE_MAX_CONNECTIONS.read(environment),
            LIVE_MAX_SUBSCRIPTIONS.read(environment),
            LIVE_MAX_COMPLEXITY.read(environment)),
        new RunbookSettings(
            RUNBOOK_SECRETS_DIR.read(environment),
            ALLOW_PRIVATE_URLS.read(environment).equals("true"),
            privateHosts == null ? Set.of() : privateHosts),
        new ExecutionSettings(
            RUNBOOK_WORKERS.read(environment),
            RUNBOOK_MAX_CALLS.read(environment),
            RUNBOOK_MAX_EXECUTIONS.read(environment)),
        new ConsoleSettings(
            CONSOLE_SIGN_IN_URL.readOptional(environment),
            API_EXPLORER.read(environment).equals("true"),
            null),
        ResponseSettings.of(
            RESPONSE_MAX_MIB.read(environment),
            RESPONSE_MEMORY_MIB.readOptional(environment),
            VERIFICATION_SECONDS.read(environment)),
        LOG_LEVEL.read(environment));
  }

  private static InboundSettings inbound(
      Function<String, @Nullable String> environment, long heap) {
    @Nullable Integer connections = MAX_CONNECTIONS.readOptional(environment);
    @Nullable Integer megabytes = INBOUND_MEMORY_MIB.readOptional(environment);
    return new InboundSettings(
        connections == null ? InboundSettings.defaultMaxConnections(heap) : connections,
        MAX_UNKNOWN_CALLERS.read(environment),
        MAX_UNKNOWN_CALLERS_PER_ADDRESS.read(environment),
        megabytes == null ? InboundSettings.defaultMaxBytes(heap) : (long) megabytes << 20,
        HEADER_TIMEOUT_SECONDS.read(environment),
        BODY_TIMEOUT_SECONDS.read(environment),
        KEEP_ALIVE_SECONDS.read(environment));
  }

  private static @Nullable DatabaseUrl listen(@Nullable String value, DatabaseUrl database) {
    if (value == null) {
      return database;
    }
    return value.equalsIgnoreCase("off")
        ? null
        : DatabaseUrl.parse(LISTEN_DATABASE_URL.name(), value);
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
