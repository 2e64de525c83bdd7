package org.nself.incidents.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * A PostgreSQL server for one test, which can stop and start again on the same port with the same
 * data.
 */
public final class OwnPostgres implements AutoCloseable {

  private final Path directory;
  private final int port;
  private EmbeddedPostgres postgres;

  private OwnPostgres(Path directory, int port) throws IOException {
    this.directory = directory;
    this.port = port;
    this.postgres = launch();
  }

  public static OwnPostgres start(Path directory) {
    try {
      return new OwnPostgres(directory, FreePort.find());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EmbeddedPostgres launch() throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(directory.resolve("data"))
        .setCleanDataDirectory(false)
        .setPort(port)
        .start();
  }

  public String url() {
    return "postgres://postgres@127.0.0.1:" + port + "/postgres";
  }

  public void stop() {
    try {
      postgres.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void startAgain() {
    try {
      postgres = launch();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stop();
  }
}
