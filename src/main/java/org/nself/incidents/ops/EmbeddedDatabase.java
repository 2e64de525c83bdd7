package org.nself.incidents.ops;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.ConfigurationException;
import org.slf4j.LoggerFactory;
import org.springframework.util.ClassUtils;

/**
 * A PostgreSQL for development, started by this process, with its data in a directory. Only {@code
 * ./mvnw spring-boot:run} uses it: the packaged jar does not contain the library.
 */
public final class EmbeddedDatabase implements AutoCloseable {

  /** The system property by which the run command requests it; its value is the directory. */
  public static final String PROPERTY = "nself.embedded-database";

  /** Enough for crash recovery on a slow machine; also how long a failed start takes. */
  private static final Duration STARTUP_TIMEOUT = Duration.ofSeconds(20);

  private static final Duration ORPHAN_SHUTDOWN = Duration.ofSeconds(10);

  private final EmbeddedPostgres postgres;
  private final FileChannel lock;

  private EmbeddedDatabase(EmbeddedPostgres postgres, FileChannel lock) {
    this.postgres = postgres;
    this.lock = lock;
  }

  /** Whether the library is there. */
  static boolean isOnClasspath() {
    return ClassUtils.isPresent(
        "io.zonky.test.db.postgres.embedded.EmbeddedPostgres",
        EmbeddedDatabase.class.getClassLoader());
  }

  /**
   * Starts PostgreSQL with the data in the directory, if any.
   *
   * @throws ConfigurationException when another process uses the directory, or PostgreSQL does not
   *     start
   */
  static EmbeddedDatabase start(Path directory) {
    // It starts before Spring configures logging, and logs a lot.
    ((Logger) LoggerFactory.getLogger("io.zonky")).setLevel(Level.OFF);
    Path data = directory.resolve("data");
    Path log = directory.resolve("postgresql.log");
    try {
      Files.createDirectories(directory);
      FileChannel lock = lock(directory);
      stopOrphan(data.resolve("postmaster.pid"));
      return new EmbeddedDatabase(
          EmbeddedPostgres.builder()
              .setDataDirectory(data)
              .setOverrideWorkingDirectory(directory.resolve("binaries").toFile())
              .setCleanDataDirectory(false)
              .setPGStartupWait(STARTUP_TIMEOUT)
              .setOutputRedirector(Redirect.appendTo(log.toFile()))
              .setErrorRedirector(Redirect.appendTo(log.toFile()))
              .start(),
          lock);
    } catch (IOException | IllegalStateException e) {
      throw new ConfigurationException(
          "DATABASE_URL",
          "is not set, and the embedded database does not start (%s); see %s. To start with an empty database, delete %s"
              .formatted(e.getMessage(), log, data));
    }
  }

  /** The operating system releases the lock when this process ends, even by a crash. */
  private static FileChannel lock(Path directory) throws IOException {
    FileChannel lock =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (lock.tryLock() == null) {
      lock.close();
      throw new ConfigurationException(
          "DATABASE_URL",
          "is not set, and the embedded database in %s is in use by another process: stop it first"
              .formatted(directory));
    }
    return lock;
  }

  /** Stops the PostgreSQL of a process that was killed. */
  private static void stopOrphan(Path pidFile) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(pidFile);
    } catch (NoSuchFileException e) {
      return;
    }
    @Nullable ProcessHandle postgres =
        lines.stream()
            .limit(1)
            .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid.strip())).stream())
            .filter(EmbeddedDatabase::isPostgres)
            .findFirst()
            .orElse(null);
    if (postgres == null) {
      return;
    }
    postgres.destroy();
    try {
      postgres.onExit().get(ORPHAN_SHUTDOWN.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      postgres.destroyForcibly();
      postgres.onExit().join();
    } catch (ExecutionException e) {
      throw new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** After a reboot the process id may belong to another program. */
  private static boolean isPostgres(ProcessHandle process) {
    return process.info().command().map(Path::of).stream()
        .anyMatch(program -> program.getFileName().toString().startsWith("postgres"));
  }

  /** In the form of {@code DATABASE_URL}. */
  public String url() {
    return "postgres://postgres@127.0.0.1:" + postgres.getPort() + "/postgres";
  }

  @Override
  public void close() throws IOException {
    postgres.close();
    lock.close();
  }
}
