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

/** The PostgreSQL of the benchmark, with the durability of a real one. */
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

  /** Whom the service and pgbench log in as. No superuser: row-level security holds it. */
  static final String LOGIN = "bench";

  private final EmbeddedPostgres postgres;

  private Cluster(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  /**
   * Starts it.
   *
   * @param directory its data, which stays there
   */
  static Cluster start(Path directory) throws IOException, SQLException {
    Files.createDirectories(directory.toAbsolutePath().getParent());
    // Every line that PostgreSQL writes would stand between the figures.
    ((Logger) LoggerFactory.getLogger("io.zonky")).setLevel(Level.WARN);
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder().setDataDirectory(directory).setCleanDataDirectory(false);
    SETTINGS.forEach(builder::setServerConfig);
    Cluster cluster = new Cluster(builder.start());
    if (cluster
        .text("postgres", "select 1 from pg_roles where rolname = '" + LOGIN + "'")
        .isEmpty()) {
      cluster.execute(
          "postgres", "create role %1$s login createrole password '%1$s'".formatted(LOGIN));
    }
    return cluster;
  }

  int port() {
    return postgres.getPort();
  }

  /** For the service, as in {@code DATABASE_URL}. */
  String url(String database) {
    return "postgres://%1$s:%1$s@127.0.0.1:%2$d/%3$s".formatted(LOGIN, port(), database);
  }

  /** As the superuser. */
  Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port(), database), "postgres", "postgres");
  }

  /** Makes the database anew, empty. */
  void create(String database) throws SQLException {
    execute("postgres", "drop database if exists " + database + " with (force)");
    execute("postgres", "create database %s owner %s".formatted(database, LOGIN));
  }

  boolean has(String database) throws SQLException {
    return !text("postgres", "select datname from pg_database where datname = '" + database + "'")
        .isEmpty();
  }

  void execute(String database, String sql) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of the first row as text; empty where there is none. */
  String text(String database, String sql) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    }
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
