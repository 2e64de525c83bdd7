package org.nself.incidents.bench.abuse;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.nself.incidents.IncidentManagementApplication;
import org.nself.incidents.bench.Commands;
import org.nself.incidents.bench.ServiceUnderTest;
import org.nself.incidents.testing.FreePort;
import org.nself.incidents.testing.HasuraTokens;
import org.nself.incidents.testing.ServiceProcess;

/** The service in the memory of the image and on two processors, restarted where it dies. */
final class ServiceUnderAttack implements AutoCloseable {

  /** The value of the secret that definitions may use. */
  static final String SECRET = "ghp_Ab/9+xYz\"7\\q&<k>Zz42";

  private static final Duration START = Duration.ofMinutes(3);

  static final String SECRET_NAME = "ABUSE_TOKEN";

  private final List<String> command = new ArrayList<>(List.of(ServiceProcess.JAVA));
  private final Map<String, String> environment;
  private final int port = FreePort.find();
  private final Thread sampler;
  private volatile ServiceProcess process;
  private volatile long peakKib;
  private volatile boolean closed;

  /**
   * @param jar the packaged service; empty for the compiled classes
   */
  ServiceUnderAttack(String jar, String databaseUrl, EchoServer echo) {
    command.addAll(ServiceUnderTest.options());
    command.add("-XX:ActiveProcessorCount=2");
    command.addAll(
        jar.isEmpty()
            ? List.of(
                "-cp",
                System.getProperty("bench.classpath", System.getProperty("java.class.path")),
                IncidentManagementApplication.class.getName())
            : List.of("-Dspring.aot.enabled=true", "-jar", jar));
    environment =
        Map.of(
            "DATABASE_URL",
            databaseUrl,
            "PLUGIN_SECRET",
            "abuse-secret-0123456789abcdef0123456789",
            "HASURA_GRAPHQL_JWT_SECRET",
            HasuraTokens.configuration(),
            "ALLOWED_PRIVATE_HOSTS",
            echo.authority(),
            "RUNBOOK_SECRET_" + SECRET_NAME,
            SECRET,
            "PORT",
            String.valueOf(port));
    process = ServiceProcess.launch(command, environment).awaitReady(START);
    sampler = Thread.ofVirtual().start(this::sample);
  }

  private void sample() {
    while (!closed) {
      peakKib = Math.max(peakKib, residentKib());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  private long residentKib() {
    try {
      return Commands.memory(process.pid(), "VmRSS");
    } catch (UncheckedIOException e) {
      // It has just ended.
      return 0;
    }
  }

  void forgetPeak() {
    peakKib = residentKib();
  }

  long peakMegabytes() {
    return peakKib / 1024;
  }

  int port() {
    return port;
  }

  boolean isAlive() {
    return ProcessHandle.of(process.pid()).filter(ProcessHandle::isAlive).isPresent();
  }

  /** Starts it again on the same port and database; returns whether it becomes ready. */
  boolean restart() {
    process.kill();
    process = ServiceProcess.launch(command, environment);
    try {
      process.awaitReady(START);
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }

  /** The last lines of its log. */
  List<String> lastLines(int count) {
    List<String> log = process.log();
    return log.subList(Math.max(0, log.size() - count), log.size());
  }

  boolean logged(String text) {
    return process.log().stream().anyMatch(line -> line.contains(text));
  }

  @Override
  public void close() {
    closed = true;
    sampler.interrupt();
    process.kill();
  }
}
