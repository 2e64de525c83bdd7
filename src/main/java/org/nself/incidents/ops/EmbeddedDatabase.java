package org.nself.incidents.ops;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;
import org.springframework.util.ClassUtils;

/**
 * A PostgreSQL for trying out, started by this process, its data kept in a directory. Only {@code
 * ./mvnw spring-boot:run} asks for it: the library that brings it is no part of the packaged jar.
 */
public final class EmbeddedDatabase implements AutoCloseable {

  /** The system property by which the run command asks for it; its value is the directory. */
  public static final String PROPERTY = "nself.embedded-database";

  private final EmbeddedPostgres postgres;

  private EmbeddedDatabase(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  /** Whether this program carries the library. */
  static boolean isAboard() {
    return ClassUtils.isPresent(
        "io.zonky.test.db.postgres.embedded.EmbeddedPostgres",
        EmbeddedDatabase.class.getClassLoader());
  }

  /** Starts it, with the data that an earlier start left in the directory. */
  public static EmbeddedDatabase start(Path directory) throws IOException {
    // It starts before Spring sets up the log, and tells at length.
    ((Logger) LoggerFactory.getLogger("io.zonky")).setLevel(Level.WARN);
    Files.createDirectories(directory);
    return new EmbeddedDatabase(
        EmbeddedPostgres.builder()
            .setDataDirectory(directory.resolve("data"))
            .setOverrideWorkingDirectory(directory.resolve("binaries").toFile())
            .setCleanDataDirectory(false)
            .setServerConfig("timezone", "UTC")
            .start());
  }

  /** As in {@code DATABASE_URL}. */
  public String url() {
    return "postgres://postgres@127.0.0.1:" + postgres.getPort() + "/postgres";
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
