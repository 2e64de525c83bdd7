package org.nself.incidents.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.nself.incidents.testing.ServiceProcess;

/** How long the packaged program takes to be ready, and what it needs while nobody asks for it. */
final class StartUp {

  private static final int STARTS = 3;
  private static final Duration IDLE = Duration.ofSeconds(10);

  private StartUp() {}

  /**
   * A way to start it.
   *
   * @param readyMillis from the start of the process to the first good answer of /ready
   * @param idleMegabytes resident, 10 s after that
   */
  record Figure(String how, Spread readyMillis, long idleMegabytes) {}

  static List<Figure> measure(Cluster cluster, Path jar, Path directory, boolean smoke)
      throws IOException, SQLException {
    cluster.create("bench_start");
    String url = cluster.url("bench_start");
    try {
      List<String> plain =
          command(BenchedService.options(), List.of("-jar", jar.toAbsolutePath().toString()));
      // It migrates, which is not what is measured.
      start(plain, url).close();
      List<Figure> figures = new ArrayList<>();
      figures.add(figure("the jar", plain, url, smoke));
      if (!smoke) {
        Path image = directory.resolve("image").toAbsolutePath();
        delete(image);
        Program.run(
            List.of(
                ServiceProcess.JAVA,
                "-Djarmode=tools",
                "-jar",
                jar.toString(),
                "extract",
                "--destination",
                image.toString(),
                "--application-filename",
                "nself-incident-mgmt.jar"),
            Map.of(),
            120);
        String program = image.resolve("nself-incident-mgmt.jar").toString();
        Path cache = image.resolve("nself-incident-mgmt.aot");
        Rounds.say("makes the AOT cache");
        Program.run(
            List.of(
                ServiceProcess.JAVA,
                "-cp",
                System.getProperty("java.class.path"),
                "org.nself.incidents.testing.Training",
                ServiceProcess.JAVA,
                "-XX:AOTCacheOutput=" + cache,
                BenchedService.PREPARED,
                "-jar",
                program),
            Map.of(),
            600);
        List<String> options = new ArrayList<>(BenchedService.options());
        // Refuses to start without the cache.
        options.addAll(List.of("-XX:AOTCache=" + cache, "-XX:AOTMode=on", BenchedService.PREPARED));
        figures.add(
            figure(
                "extracted, with the AOT cache, as in the image",
                command(options, List.of("-jar", program)),
                url,
                false));
      }
      return figures;
    } finally {
      cluster.execute("postgres", "drop database if exists bench_start with (force)");
    }
  }

  private static List<String> command(List<String> options, List<String> program) {
    List<String> command = new ArrayList<>(List.of(ServiceProcess.JAVA));
    command.addAll(options);
    command.addAll(program);
    return command;
  }

  private static ServiceProcess start(List<String> command, String url) {
    return ServiceProcess.launch(command, BenchedService.environment(url, Map.of())).awaitReady();
  }

  private static Figure figure(String how, List<String> command, String url, boolean smoke) {
    List<Double> ready = new ArrayList<>();
    long idle = 0;
    for (int i = 0; i < (smoke ? 1 : STARTS); i++) {
      long began = System.nanoTime();
      try (ServiceProcess service = start(command, url)) {
        ready.add((System.nanoTime() - began) / 1e6);
        if (i == 0) {
          LockSupport.parkNanos(smoke ? 0 : IDLE.toNanos());
          idle = BenchedService.memory(service.pid(), "VmRSS");
        }
      }
    }
    Figure figure = new Figure(how, Spread.of(ready), idle);
    Rounds.say(
        "  %s: ready after %,.0f ms, %d MB resident"
            .formatted(how, figure.readyMillis().median(), idle));
    return figure;
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
