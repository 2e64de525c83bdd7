package org.nself.incidents.ops;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.Settings;

/**
 * The service as {@code ./mvnw spring-boot:run} starts it: with an embedded database and a
 * well-known token.
 */
public final class DevMode {

  private static final String DEVELOPMENT_TOKEN = "development-token";
  private static final String JWT_SECRET = "HASURA_GRAPHQL_JWT_SECRET";

  private static final int KEY_BYTES = 32;

  private final @Nullable EmbeddedDatabase database;

  /** The key of the console's JWTs; null where the environment says which JWTs are accepted. */
  private final @Nullable String tryOutKey;

  /**
   * The console signs in by itself only on the embedded database: another one may hold what not
   * everybody on this machine may read.
   */
  private DevMode(@Nullable EmbeddedDatabase database) {
    this.database = database;
    this.tryOutKey = database == null || environment(JWT_SECRET) != null ? null : generateKey();
  }

  private static String generateKey() {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return HexFormat.of().formatHex(key);
  }

  /**
   * Null unless the run command requested it, and always in the packaged jar, which lacks the
   * library. With {@code DATABASE_URL} set, that database is used instead of an embedded one.
   */
  public static @Nullable DevMode ifRequested() {
    @Nullable String directory = System.getProperty(EmbeddedDatabase.PROPERTY);
    if (directory == null || !EmbeddedDatabase.isOnClasspath()) {
      return null;
    }
    if (environment("DATABASE_URL") != null) {
      return new DevMode(null);
    }
    EmbeddedDatabase database = EmbeddedDatabase.start(Path.of(directory));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(database)));
    return new DevMode(database);
  }

  private static void close(EmbeddedDatabase database) {
    try {
      database.close();
    } catch (IOException e) {
      System.err.println("Stopping the embedded database failed: " + e.getMessage());
    }
  }

  /**
   * The settings of the environment, with the try-out of the console where it signs in by itself.
   */
  public Settings settings() {
    Settings settings = Settings.read(this::environmentVariable);
    return tryOutKey == null ? settings : settings.withTryOut(tryOutKey);
  }

  /** An environment variable, with a default for those that development needs. */
  private @Nullable String environmentVariable(String name) {
    @Nullable String value = environment(name);
    if (value != null) {
      return value;
    }
    return switch (name) {
      case "DATABASE_URL" -> database == null ? null : database.url();
      case "PLUGIN_SECRET" ->
          environment("PLUGIN_INTERNAL_SECRET") == null ? DEVELOPMENT_TOKEN : null;
      case JWT_SECRET ->
          tryOutKey == null ? null : "{\"type\":\"HS256\",\"key\":\"%s\"}".formatted(tryOutKey);
      default -> null;
    };
  }

  /** As for {@link Settings}: an empty value counts as none. */
  private static @Nullable String environment(String name) {
    @Nullable String value = System.getenv(name);
    return value == null || value.isBlank() ? null : value;
  }

  /** Prints where the console is, and a first request to try. */
  public void printWelcome(String port) {
    @Nullable String token = environmentVariable("PLUGIN_SECRET");
    System.out.printf(
        """

        nself-incident-mgmt is ready%s. Open

          http://127.0.0.1:%s/

        or try

          curl -H "Authorization: Bearer %s" http://127.0.0.1:%s/api/v1/incidents

        """,
        database == null ? "" : " on an embedded PostgreSQL, its data kept in .nself/",
        port,
        token == null ? "$PLUGIN_INTERNAL_SECRET" : token,
        port);
  }
}
