package org.nself.incidents.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The installed PgBouncer, in transaction mode before a PostgreSQL. */
public final class PgBouncer implements AutoCloseable {

  private final Process process;
  private final int port;
  private final URI database;
  private final Path log;

  private PgBouncer(Process process, int port, URI database, Path log) {
    this.process = process;
    this.port = port;
    this.database = database;
    this.log = log;
  }

  /** Skips the test, or fails it in CI, where it is not installed. */
  public static void need() {
    Programs.need(Programs.isThere("pgbouncer"), "PgBouncer, because it is not installed");
  }

  /**
   * Starts it with its defaults, but for the mode.
   *
   * @param directory an empty one
   * @param databaseUrl of the database behind it, with the user's password
   */
  public static PgBouncer start(Path directory, String databaseUrl) {
    URI database = URI.create(databaseUrl);
    String[] user = database.getUserInfo().split(":", 2);
    int port = FreePort.find();
    Path log = directory.resolve("pgbouncer.log");
    try {
      Path configuration = directory.resolve("pgbouncer.ini");
      Files.writeString(
          configuration,
          """
          [databases]
          * = host=%s port=%d user=%s password=%s

          [pgbouncer]
          listen_addr = 127.0.0.1
          listen_port = %d
          unix_socket_dir =
          auth_type = any
          pool_mode = transaction
          """
              .formatted(
                  database.getHost(),
                  database.getPort(),
                  user[0],
                  user.length == 1 ? "" : user[1],
                  port));
      List<String> command = new ArrayList<>();
      // It does not run as root.
      if (System.getProperty("user.name").equals("root")) {
        command.addAll(List.of("unshare", "-U"));
      }
      command.add(Programs.find("pgbouncer").orElseThrow().toString());
      command.add(configuration.toString());
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      PgBouncer pooler = new PgBouncer(process, port, database, log);
      Eventually.until(Duration.ofSeconds(20), "PgBouncer to listen", pooler::listens);
      return pooler;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean listens() {
    if (!process.isAlive()) {
      throw new AssertionError("PgBouncer stopped: " + log());
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Its log so far. */
  public String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As in {@code DATABASE_URL}, without any parameter. */
  public String databaseUrl() {
    return "postgres://%s@127.0.0.1:%d%s"
        .formatted(database.getRawUserInfo(), port, database.getRawPath());
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
