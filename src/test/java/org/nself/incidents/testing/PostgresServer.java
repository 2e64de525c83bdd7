package org.nself.incidents.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A server of the installed PostgreSQL, which has the programs that the embedded one lacks: for a
 * standby with streaming replication, and for dumps.
 */
public final class PostgresServer implements AutoCloseable {

  private static final Path INSTALLED = Path.of("/usr/lib/postgresql");

  private final Path directory;
  private final int port;

  private PostgresServer(Path directory, int port) {
    this.directory = directory;
    this.port = port;
  }

  /** Whether it is installed, as Debian does. */
  public static boolean isInstalled() {
    return binaries().isPresent();
  }

  private static Optional<Path> binaries() {
    if (!Files.isDirectory(INSTALLED)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(INSTALLED)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(programs -> Files.isExecutable(programs.resolve("pg_basebackup")))
          .filter(programs -> Files.isExecutable(programs.resolve("postgres")))
          .max(Comparator.comparing(Path::toString));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Skips the test, or fails it in CI, where it is not installed. */
  public static void need() {
    Programs.need(isInstalled(), "replication, because PostgreSQL is not installed");
  }

  /**
   * Starts a new cluster.
   *
   * @param directory an empty one
   */
  public static PostgresServer start(Path directory) {
    run("initdb", "-D", directory.toString(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N");
    return new PostgresServer(directory, FreePort.find()).configure().launch();
  }

  /**
   * Starts a standby of this server.
   *
   * @param standby an empty directory
   */
  public PostgresServer startStandby(Path standby) {
    run(
        "pg_basebackup",
        "-h",
        "127.0.0.1",
        "-p",
        String.valueOf(port),
        "-U",
        "postgres",
        "-D",
        standby.toString(),
        "-R",
        "-N",
        "-c",
        "fast");
    return new PostgresServer(standby, FreePort.find()).configure().launch();
  }

  private PostgresServer configure() {
    try {
      Files.writeString(
          directory.resolve("postgresql.conf"),
          """
          port = %d
          listen_addresses = '127.0.0.1'
          unix_socket_directories = ''
          fsync = off
          max_connections = 60
          max_wal_senders = 5
          log_min_messages = log
          """
              .formatted(port),
          StandardOpenOption.APPEND);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the server, which is stopped. */
  public PostgresServer launch() {
    run(
        "pg_ctl",
        "-D",
        directory.toString(),
        "-l",
        directory.resolve("server.log").toString(),
        "-w",
        "start");
    return this;
  }

  /** Makes a standby the primary. */
  public void promote() {
    run("pg_ctl", "-D", directory.toString(), "-w", "promote");
  }

  /** Waits for every transaction of this server to be on a standby before it is committed. */
  public void replicateSynchronously() {
    execute("postgres", "alter system set synchronous_standby_names = '*'");
    execute("postgres", "select pg_reload_conf()");
  }

  /** As if the machine lost its power. */
  public void crash() {
    run("pg_ctl", "-D", directory.toString(), "-m", "immediate", "-w", "stop");
  }

  /** A new, empty database, as in {@code DATABASE_URL}. */
  public String createDatabase(String name) {
    execute("postgres", "create database " + name);
    return url(name);
  }

  public String url(String database) {
    return "postgres://postgres@" + host() + "/" + database;
  }

  /** For a URL of several hosts. */
  public String host() {
    return "127.0.0.1:" + port;
  }

  public int port() {
    return port;
  }

  public void execute(String database, String sql) {
    try (Connection connection = TestPostgres.connect(url(database));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** The first value of the first row. */
  public String text(String database, String sql) {
    try (Connection connection = TestPostgres.connect(url(database));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return String.valueOf(row.getString(1));
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Dumps a database of this server and restores it into a new one of another server. */
  public String copyTo(PostgresServer other, String database, Path file, String... options) {
    List<String> dump =
        new ArrayList<>(
            List.of("pg_dump", "-Fc", "-h", "127.0.0.1", "-p", String.valueOf(port), "-U"));
    dump.addAll(List.of("postgres", "-f", file.toString()));
    dump.addAll(List.of(options));
    dump.add(database);
    run(dump.toArray(String[]::new));
    String url = other.createDatabase(database);
    run(
        "pg_restore",
        "-h",
        "127.0.0.1",
        "-p",
        String.valueOf(other.port),
        "-U",
        "postgres",
        "-d",
        database,
        file.toString());
    return url;
  }

  private static void run(String... command) {
    List<String> words = new ArrayList<>();
    // PostgreSQL does not run as root.
    if (System.getProperty("user.name").equals("root")) {
      words.addAll(List.of("unshare", "-U"));
    }
    words.add(binaries().orElseThrow().resolve(command[0]).toString());
    words.addAll(List.of(command).subList(1, command.length));
    // The server that pg_ctl starts keeps its output open, so it goes to a file.
    try {
      Path output = Files.createTempFile("postgres", ".out");
      Process process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      int status = process.waitFor();
      assertThat(status).as("%s: %s", words, Files.readString(output)).isZero();
      Files.delete(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (Files.exists(directory.resolve("postmaster.pid"))) {
      crash();
    }
  }
}
