package org.nself.incidents.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.nself.incidents.IncidentManagementApplication;
import org.nself.incidents.settings.Settings;

/** The service in its own process, which can be killed. */
public final class ServiceProcess implements AutoCloseable {

  /** The Java that runs the tests. */
  public static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private final Process process;
  private final int port;
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final Thread logReader;

  private ServiceProcess(Process process, int port) {
    this.process = process;
    this.port = port;
    this.logReader = Thread.ofVirtual().start(this::collectLog);
  }

  /** Starts it and waits until it is ready. */
  public static ServiceProcess start(String databaseUrl, Map<String, String> environment) {
    return launch(databaseUrl, environment).awaitReady();
  }

  /** Starts it without waiting. */
  public static ServiceProcess launch(String databaseUrl, Map<String, String> environment) {
    Map<String, String> variables = new HashMap<>();
    variables.put("DATABASE_URL", databaseUrl);
    variables.put("PLUGIN_SECRET", Service.TOKEN);
    variables.putAll(environment);
    return launch(
        List.of(
            JAVA,
            "-XX:TieredStopAtLevel=1",
            "-D%s=%s"
                .formatted(
                    Settings.FASTPATH_PROPERTY,
                    System.getProperty(Settings.FASTPATH_PROPERTY, "true")),
            "-cp",
            System.getProperty("java.class.path"),
            IncidentManagementApplication.class.getName()),
        variables);
  }

  /**
   * Starts it by this command without waiting.
   *
   * @param environment its variables; of this process's own only {@code PATH} is added, and a free
   *     {@code PORT} if none is given
   */
  public static ServiceProcess launch(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().retainAll(Set.of("PATH"));
    builder.environment().put("PORT", String.valueOf(FreePort.find()));
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    try {
      return new ServiceProcess(
          builder.start(), Integer.parseInt(builder.environment().get("PORT")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it is ready, 90 s at most. */
  public ServiceProcess awaitReady() {
    return awaitReady(Duration.ofSeconds(90));
  }

  /** Kills it if it does not become ready. */
  public ServiceProcess awaitReady(Duration atMost) {
    try {
      Eventually.until(atMost, "the service to be ready", this::ready);
      return this;
    } catch (AssertionError e) {
      kill();
      throw new AssertionError(e.getMessage() + "; its log: " + log, e);
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
      return as("primary").sendUnchecked("GET", "/ready", null, null).status() == 200;
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

  /** Its log lines so far. */
  public List<String> log() {
    return log;
  }

  /** kill -9. */
  public void kill() {
    process.toHandle().destroyForcibly();
    exitStatus();
  }

  /** SIGTERM. By the handle, because {@link Process#destroy} also closes the log stream. */
  public void terminate() {
    process.toHandle().destroy();
  }

  /** Waits for it to exit, 30 s at most. */
  public int exitStatus() {
    return exitStatus(Duration.ofSeconds(30));
  }

  /** Waits for it to exit and for its last log line. */
  public int exitStatus(Duration atMost) {
    try {
      if (!process.waitFor(atMost)) {
        throw new AssertionError("The service did not end within " + atMost + ": " + log);
      }
      logReader.join(atMost);
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Expects it to exit because of an invalid setting, with one line that starts with this text. */
  public void refuses(String complaint) {
    assertThat(exitStatus(Duration.ofSeconds(90)))
        .as("exit status; its log: %s", log)
        .isEqualTo(78);
    assertThat(log)
        .filteredOn(line -> !line.contains("migrations applied"))
        .singleElement()
        .asString()
        .startsWith("nself-incident-mgmt cannot start: " + complaint);
  }

  @Override
  public void close() {
    kill();
  }
}
