package org.nself.incidents.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Watches the service with the JDK's flight recorder while one work is done. */
final class Profile {

  private static final int LINES = 30;

  private Profile() {}

  static void record(BenchedService service, Wrk wrk, Work work, Path directory, int seconds)
      throws IOException {
    for (Protocol protocol : Protocol.values()) {
      Path file =
          directory.resolve("%s-%s.jfr".formatted(work.name(), protocol.title())).toAbsolutePath();
      Files.deleteIfExists(file);
      jdk("jcmd", String.valueOf(service.pid()), "JFR.start", "name=bench", "settings=profile");
      Wrk.Load load = wrk.measure(Wrk.Requests.of(work, protocol), seconds);
      jdk("jcmd", String.valueOf(service.pid()), "JFR.stop", "name=bench", "filename=" + file);
      Rounds.say(
          "%n%s over %s, recorded: %,.0f/s; %s"
              .formatted(work.name(), protocol.title(), load.rate(), file));
      for (String view : List.of("hot-methods", "allocation-by-class", "allocation-by-site")) {
        jdk("jfr", "view", "--width", "140", "--truncate", "beginning", view, file.toString())
            .lines()
            .filter(line -> !line.isBlank())
            .limit(LINES)
            .forEach(System.out::println);
      }
    }
  }

  private static String jdk(String... command) {
    command[0] = Path.of(System.getProperty("java.home"), "bin", command[0]).toString();
    return Program.run(List.of(command), Map.of(), 120);
  }
}
