package org.nself.incidents.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.nself.incidents.IncidentMgmt;

/** The service in a process of its own, to be killed. */
public final class ServiceProcess implements AutoCloseable {

  private final Process process;
  private final int port;
  private final List<String> log = new CopyOnWriteArrayList<>();

  private ServiceProcess(Process process, int port) {
    this.process = process;
    this.port = port;
    Thread.ofVirtual().start(this::collectLog);
  }

  /** Starts it and waits until it is ready. */
  public static ServiceProcess start(String databaseUrl, Map<String, String> environment) {
    ServiceProcess service = launch(databaseUrl, environment);
    Waiting.until(
        Duration.ofSeconds(90), "the service to be ready; it said: " + service.log, service::ready);
    return service;
  }

  /** Starts it without waiting. */
  public static ServiceProcess launch(String databaseUrl, Map<String, String> environment) {
    int port = FreePort.find();
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            IncidentMgmt.class.getName());
    builder.environment().put("DATABASE_URL", databaseUrl);
    builder.environment().put("PLUGIN_SECRET", Service.TOKEN);
    builder.environment().put("PORT", String.valueOf(port));
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    try {
      return new ServiceProcess(builder.start(), port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void collectLog() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      lines.lines().forEach(log::add);
    } catch (IOException | UncheckedIOException e) {
      log.add("(the log ended: " + e.getMessage() + ")");
    }
  }

  private boolean ready() {
    if (!process.isAlive()) {
      throw new AssertionError("The service stopped with " + process.exitValue() + ": " + log);
    }
    try {
      return as("primary").get("/ready").status() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  public Api as(String account) {
    return new Api(
        "http://127.0.0.1:" + port,
        Map.of("Authorization", "Bearer " + Service.TOKEN, "X-Source-Account-Id", account));
  }

  public int port() {
    return port;
  }

  public long pid() {
    return process.pid();
  }

  /** The lines that it has written so far. */
  public List<String> log() {
    return log;
  }

  /** kill -9. */
  public void kill() {
    process.destroyForcibly();
    exitStatus();
  }

  /** SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** Waits for it to end, 30 s at most. */
  public int exitStatus() {
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        throw new AssertionError("The service did not end within 30 s: " + log);
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
