package org.nself.incidents.testing;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.nself.incidents.IncidentManagementApplication;
import org.nself.incidents.settings.Settings;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The service, running in this process on a free port.
 *
 * @param databaseUrl its database, with a superuser's credentials
 */
public record Service(ConfigurableApplicationContext context, int port, String databaseUrl)
    implements AutoCloseable {

  public static final String TOKEN = "test-plugin-secret-of-38-characters-123";
  public static final String INTERNAL_TOKEN = "test-internal-secret";

  /**
   * Starts a service. One starts at a time, because they share the logging of the process.
   *
   * @param environment variables added to the database and the two tokens, or replacing them
   */
  public static synchronized Service start(String databaseUrl, Map<String, String> environment) {
    Map<String, String> variables = new HashMap<>();
    variables.put("DATABASE_URL", databaseUrl);
    variables.put("PLUGIN_SECRET", TOKEN);
    variables.put("PLUGIN_INTERNAL_SECRET", INTERNAL_TOKEN);
    variables.put("PORT", "0");
    variables.putAll(environment);
    return start(databaseUrl, Settings.read(variables::get));
  }

  /**
   * Starts a service as the try-out of the run command does, which generates the key of its JWTs.
   */
  public static synchronized Service startTryOut(String databaseUrl) {
    String key = "a-key-of-the-try-out-that-nobody-else-knows";
    Map<String, String> variables =
        Map.of(
            "DATABASE_URL",
            databaseUrl,
            "PLUGIN_SECRET",
            TOKEN,
            "PORT",
            "0",
            "HASURA_GRAPHQL_JWT_SECRET",
            "{\"type\":\"HS256\",\"key\":\"" + key + "\"}");
    return start(databaseUrl, Settings.read(variables::get).withTryOut(key));
  }

  private static Service start(String databaseUrl, Settings settings) {
    ConfigurableApplicationContext context = IncidentManagementApplication.start(settings);
    int port =
        Integer.parseInt(String.valueOf(context.getEnvironment().getProperty("local.server.port")));
    return new Service(context, port, databaseUrl);
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  /** A client with the role admin in a new account. */
  public Api admin() {
    return as(newAccount(), "admin");
  }

  /** A client with the shared secret, an account and a role. */
  public Api as(String account, String role) {
    return new Api(
        url(),
        Map.of(
            "Authorization",
            "Bearer " + TOKEN,
            "X-Hasura-Source-Account-Id",
            account,
            "X-Hasura-Role",
            role,
            "X-Hasura-User-Id",
            role + "@" + account));
  }

  /** A client with exactly these headers. */
  public Api with(Map<String, String> headers) {
    return new Api(url(), headers);
  }

  public static String newAccount() {
    return "account-" + UUID.randomUUID();
  }

  @Override
  public void close() {
    context.close();
  }
}
