package org.nself.incidents.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nself.incidents.IncidentManagementApplication;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;

/** Starts the service with the JVM options of the image, in a heap as in a 512 MB container. */
public final class ServiceUnderTest {

  /** The image's option that uses what was generated for the jar at build time. */
  static final String SPRING_AOT = "-Dspring.aot.enabled=true";

  /** Long enough for the migrations of a large database. */
  private static final Duration MIGRATED = Duration.ofMinutes(10);

  private ServiceUnderTest() {}

  /**
   * Starts the compiled classes with the {@link EmptyHandler} and waits until the service is ready.
   *
   * @param variables of the environment, beyond the database and the secret
   */
  static ServiceProcess start(String databaseUrl, Map<String, String> variables) {
    return start(
        List.of(
            "-cp",
            System.getProperty("bench.classpath", ""),
            IncidentManagementApplication.class.getName()),
        databaseUrl,
        variables);
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param program more JVM options, and what to run
   */
  static ServiceProcess start(
      List<String> program, String databaseUrl, Map<String, String> variables) {
    List<String> command = new ArrayList<>(List.of(ServiceProcess.JAVA));
    command.addAll(options());
    command.addAll(program);
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("DATABASE_URL", databaseUrl);
    environment.put("PLUGIN_SECRET", Service.TOKEN);
    environment.put("SPRING_PROFILES_ACTIVE", EmptyHandler.PROFILE);
    return ServiceProcess.launch(command, environment).awaitReady(MIGRATED);
  }

  /**
   * The JVM options in the image's entry point, except for those that only make it start faster,
   * and those that the JVM would choose for 512 MB of memory.
   */
  public static List<String> options() {
    String entryPoint =
        Commands.read(Path.of("Dockerfile"))
            .lines()
            .filter(line -> line.startsWith("ENTRYPOINT"))
            .findFirst()
            .orElseThrow();
    List<String> options =
        new ArrayList<>(
            Stream.of(entryPoint.substring(entryPoint.indexOf('[')).split("[\\[\\],\"\\s]+"))
                .filter(word -> word.startsWith("-") && !word.startsWith("-XX:AOT"))
                .filter(word -> !word.equals("-jar") && !word.equals(SPRING_AOT))
                .toList());
    options.add("-XX:MaxRAM=512m");
    if (options.stream().noneMatch(option -> option.matches("-XX:\\+Use\\w+GC"))) {
      options.add("-XX:+UseSerialGC");
    }
    return options;
  }
}
