package org.nself.incidents.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.DatabaseUrl;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A PostgreSQL server for tests: in a container if a Docker engine is available, else embedded. The
 * property {@code test.database} can ask for one of them: {@code embedded} or {@code container}.
 */
public final class TestPostgres implements AutoCloseable {

  private final String host;
  private final int port;
  private final String user;
  private final String password;
  private final Closeable server;

  private TestPostgres(String host, int port, String user, String password, Closeable server) {
    this.host = host;
    this.port = port;
    this.user = user;
    this.password = password;
    this.server = server;
  }

  public static TestPostgres start() {
    return switch (System.getProperty("test.database", "auto")) {
      case "embedded" -> embedded();
      case "container" -> container();
      default -> DockerClientFactory.instance().isDockerAvailable() ? container() : embedded();
    };
  }

  @SuppressWarnings("resource")
  private static TestPostgres container() {
    PostgreSQLContainer container =
        new PostgreSQLContainer(
                DockerImageName.parse(System.getProperty("test.postgres.image", "postgres:18"))
                    .asCompatibleSubstituteFor("postgres"))
            .withEnv("LANG", "C.UTF-8")
            .withUsername("owner")
            .withPassword("owner")
            .withCommand("postgres", "-c", "max_connections=300", "-c", "fsync=off");
    container.start();
    return new TestPostgres(
        container.getHost(), container.getMappedPort(5432), "owner", "owner", container::stop);
  }

  public static TestPostgres embedded() {
    return embedded(EmbeddedPostgres.builder());
  }

  /**
   * PostgreSQL 14, the oldest supported version. The build copies its binaries, because the files
   * have the same names as those of 18.
   */
  public static TestPostgres embedded14() {
    String jar = System.getProperty("test.postgres14.jar", "target/tools/postgres-14.jar");
    return embedded(
        EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(
                Path.of(jar).toAbsolutePath().resolveSibling("postgres-14").toFile())
            .setPgBinaryResolver((system, machine) -> open(jar)));
  }

  private static InputStream open(String jar) throws IOException {
    JarFile file = new JarFile(jar);
    return file.getInputStream(
        file.stream().filter(entry -> entry.getName().endsWith(".txz")).findFirst().orElseThrow());
  }

  private static TestPostgres embedded(EmbeddedPostgres.Builder builder) {
    try {
      // Tests need no durability after a crash of the machine; a killed process loses nothing by
      // it.
      EmbeddedPostgres postgres =
          builder.setServerConfig("max_connections", "300").setServerConfig("fsync", "off").start();
      return new TestPostgres("127.0.0.1", postgres.getPort(), "postgres", "postgres", postgres);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new, empty database, as in {@code DATABASE_URL}. */
  public String createDatabase() {
    String name = "test_" + UUID.randomUUID().toString().replace("-", "");
    execute("postgres", "create database " + name);
    return url(name);
  }

  /**
   * The same database for a login that owns it and is subject to row-level security, unlike a
   * superuser: a statement without role and account reads and changes nothing.
   */
  public String forPlainLogin(String databaseUrl) {
    String database = databaseUrl.substring(databaseUrl.lastIndexOf('/') + 1);
    execute(
        database,
        """
        do $$ begin create role nself_incident_mgmt nologin; exception when duplicate_object or unique_violation then null; end $$;
        do $$ begin create role plain_login login password 'plain'; exception when duplicate_object or unique_violation then null; end $$;
        grant nself_incident_mgmt to plain_login;
        alter database %s owner to plain_login;
        """
            .formatted(database));
    return databaseUrl.replaceFirst("//[^@]*@", "//plain_login:plain@");
  }

  /** As in {@code DATABASE_URL}. */
  public String url(String database) {
    return "postgres://%s:%s@%s:%d/%s".formatted(user, password, host, port, database);
  }

  /** Runs statements as the superuser. */
  public void execute(String database, String sql) {
    try (Connection connection = connect(url(database));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /**
   * A connection as the user of a {@code DATABASE_URL}, by its own rights: row-level security does
   * not hold a superuser.
   */
  public static Connection connect(String databaseUrl) throws SQLException {
    DatabaseUrl url = DatabaseUrl.parse("DATABASE_URL", databaseUrl);
    @Nullable String user = url.user();
    @Nullable String password = url.password();
    return DriverManager.getConnection(url.jdbcUrl(), user, password);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
