package org.nself.incidents.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nself.incidents.IncidentManagementApplication;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;

/** The service in a process of its own, with the options of the image in half a gigabyte. */
final class BenchedService implements AutoCloseable {

  /** Of the image's options the one that hides what was not there when the image was built. */
  static final String PREPARED = "-Dspring.aot.enabled=true";

  private final ServiceProcess process;

  private BenchedService(ServiceProcess process) {
    this.process = process;
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param variables of the environment, beyond the database and the secret
   */
  static BenchedService start(String databaseUrl, Map<String, String> variables) {
    List<String> command = new ArrayList<>(List.of(ServiceProcess.JAVA));
    command.addAll(options());
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("bench.classpath", ""),
            IncidentManagementApplication.class.getName()));
    return new BenchedService(
        ServiceProcess.launch(command, environment(databaseUrl, variables)).awaitReady());
  }

  static Map<String, String> environment(String databaseUrl, Map<String, String> variables) {
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("DATABASE_URL", databaseUrl);
    environment.put("PLUGIN_SECRET", Service.TOKEN);
    environment.put("SPRING_PROFILES_ACTIVE", EmptyHandler.PROFILE);
    return environment;
  }

  /**
   * The Java options in the image's entry point but for what only shortens the start, and what the
   * JVM would conclude from 512 MB of memory there and does not here.
   */
  static List<String> options() {
    try (Stream<String> lines = Files.lines(Path.of("Dockerfile"))) {
      String entryPoint =
          lines.filter(line -> line.startsWith("ENTRYPOINT")).findFirst().orElseThrow();
      List<String> options = new ArrayList<>();
      for (String word :
          entryPoint.substring(entryPoint.indexOf('[')).split("[\\[\\],\"\\s]+", -1)) {
        if (word.startsWith("-")
            && !word.equals("-jar")
            && !word.startsWith("-XX:AOT")
            && !word.equals(PREPARED)) {
          options.add(word);
        }
      }
      options.add("-XX:MaxRAM=512m");
      if (options.stream().noneMatch(option -> option.matches("-XX:\\+Use\\w+GC"))) {
        options.add("-XX:+UseSerialGC");
      }
      return options;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return process.port();
  }

  long pid() {
    return process.pid();
  }

  String url() {
    return "http://127.0.0.1:" + port();
  }

  List<String> log() {
    return process.log();
  }

  Api as(String account) {
    return process.as(account);
  }

  long residentMegabytes() {
    return memory(pid(), "VmRSS");
  }

  long mostResidentMegabytes() {
    return memory(pid(), "VmHWM");
  }

  static long memory(long pid, String name) {
    try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(pid), "status"))) {
      return lines
              .filter(line -> line.startsWith(name))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElseThrow()
          / 1024;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
