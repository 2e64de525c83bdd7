package org.nself.incidents.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/** The benchmark's PostgreSQL, as durable as one in production. */
final class Cluster implements AutoCloseable {

  static final Map<String, String> SETTINGS =
      new TreeMap<>(
          Map.of(
              "shared_buffers", "512MB",
              "max_wal_size", "4GB",
              "effective_cache_size", "2GB",
              "random_page_cost", "1.1",
              "fsync", "on",
              "synchronous_commit", "on",
              "max_connections", "300"));

  /** The login of service and pgbench. Not a superuser: row-level security applies. */
  static final String LOGIN = "bench";

  private final EmbeddedPostgres postgres;

  private Cluster(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  /** Starts it on a directory, whose data is kept. */
  static Cluster start(Path directory) throws IOException, SQLException {
    Files.createDirectories(directory.toAbsolutePath().getParent());
    // PostgreSQL's log would be printed between the figures.
    ((Logger) LoggerFactory.getLogger("io.zonky")).setLevel(Level.WARN);
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder().setDataDirectory(directory).setCleanDataDirectory(false);
    SETTINGS.forEach(builder::setServerConfig);
    Cluster cluster = new Cluster(builder.start());
    if (cluster.text("postgres", "select 1 from pg_roles where rolname = '%s'", LOGIN).isEmpty()) {
      cluster.execute("create role %1$s login createrole password '%1$s'", LOGIN);
    }
    return cluster;
  }

  int port() {
    return postgres.getPort();
  }

  /** The value of the service's {@code DATABASE_URL}. */
  String url(String database) {
    return "postgres://%1$s:%1$s@127.0.0.1:%2$d/%3$s".formatted(LOGIN, port(), database);
  }

  /** Connects as superuser. */
  Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port(), database), "postgres", "postgres");
  }

  /** Drops the database if it exists and creates it, as a copy of the template. */
  void create(String database, String template) throws SQLException {
    drop(database);
    execute("create database %s owner %s template %s", database, LOGIN, template);
  }

  void drop(String database) throws SQLException {
    execute("drop database if exists %s with (force)", database);
  }

  boolean has(String database) throws SQLException {
    return !text("postgres", "select 1 from pg_database where datname = '%s'", database).isEmpty();
  }

  void execute(String sql, Object... arguments) throws SQLException {
    try (Connection connection = connect("postgres");
        Statement statement = connection.createStatement()) {
      statement.execute(sql.formatted(arguments));
    }
  }

  /** The first column of the first row; empty if there is no row. */
  String text(String database, String sql, Object... arguments) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql.formatted(arguments))) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    }
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
