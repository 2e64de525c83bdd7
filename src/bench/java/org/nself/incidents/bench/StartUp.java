package org.nself.incidents.bench;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.nself.incidents.testing.ServiceProcess;

/** How long the packaged service takes until it is ready, and its memory when idle. */
final class StartUp {

  private static final int STARTS = 3;
  private static final Duration IDLE = Duration.ofSeconds(10);

  private StartUp() {}

  /**
   * @param readyMillis from the start of the process to the first 200 of /ready
   * @param idleMegabytes resident, 10 s later
   */
  record Figure(String how, Samples readyMillis, long idleMegabytes) {}

  static List<Figure> measure(Cluster cluster, String jar, Path directory, boolean smoke)
      throws SQLException {
    cluster.create("bench_start", "template1");
    String url = cluster.url("bench_start");
    try {
      List<String> plain = List.of("-jar", jar);
      // Runs the migrations, which are not measured.
      ServiceUnderTest.start(plain, url, Map.of()).close();
      List<Figure> figures = new ArrayList<>();
      figures.add(figure("the jar", plain, url, smoke));
      if (!smoke) {
        String image = directory.resolve("image").toString();
        String name = "nself-incident-mgmt.jar";
        String program = image + "/" + name;
        String cache = image + "/nself-incident-mgmt.aot";
        Commands.run(List.of("rm", "-rf", image), Map.of());
        String[] extract = {"extract", "--destination", image, "--application-filename", name};
        List<String> tools = new ArrayList<>(List.of("-Djarmode=tools", "-jar", jar));
        tools.addAll(List.of(extract));
        Commands.jdk("java", tools.toArray(String[]::new));
        Report.progress("making the AOT cache");
        Commands.jdk(
            "java",
            "-cp",
            System.getProperty("java.class.path"),
            "org.nself.incidents.testing.Training",
            ServiceProcess.JAVA,
            "-XX:AOTCacheOutput=" + cache,
            ServiceUnderTest.SPRING_AOT,
            "-jar",
            program);
        figures.add(
            figure(
                "extracted, with the AOT cache, as in the image",
                // AOTMode=on refuses to start without the cache.
                List.of(
                    "-XX:AOTCache=" + cache,
                    "-XX:AOTMode=on",
                    ServiceUnderTest.SPRING_AOT,
                    "-jar",
                    program),
                url,
                false));
      }
      return figures;
    } finally {
      cluster.drop("bench_start");
    }
  }

  private static Figure figure(String how, List<String> program, String url, boolean smoke) {
    Samples ready = new Samples();
    long idle = 0;
    for (int i = 0; i < (smoke ? 1 : STARTS); i++) {
      long start = System.nanoTime();
      try (ServiceProcess service = ServiceUnderTest.start(program, url, Map.of())) {
        ready.add((System.nanoTime() - start) / 1e6);
        if (i == 0) {
          LockSupport.parkNanos(smoke ? 0 : IDLE.toNanos());
          idle = Commands.memory(service.pid(), "VmRSS") / 1024;
        }
      }
    }
    Report.progress("  %s: ready after %,.0f ms, %d MB resident", how, ready.median(), idle);
    return new Figure(how, ready, idle);
  }
}
