package org.nself.incidents.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The command line of {@code bench/run}: what to measure and for how long. */
record Options(Map<String, String> given) {

  static final String START = "start";
  static final String GROWTH = "growth";

  private static final Set<String> FLAGS = Set.of("--smoke", "--profile", "--peers");
  private static final Set<String> VALUES =
      Set.of(
          "--only",
          "--connections",
          "--rounds",
          "--before",
          "--before-options",
          "--after",
          "--after-options");
  private static final String USAGE =
      """
      %s
      bench/run [--smoke] [--peers] [--only PART,… [--connections N] [--rounds N] [--profile]]
      bench/run --only PART,… [--rounds N] [--before JAR] [--before-options JVM_OPTIONS] [--after JAR] [--after-options JVM_OPTIONS]
      parts: %s, %s, %s\
      """;

  /**
   * @throws IllegalArgumentException with the usage
   */
  static Options parse(String[] arguments) {
    Map<String, String> given = new HashMap<>();
    for (Iterator<String> rest = List.of(arguments).iterator(); rest.hasNext(); ) {
      String name = rest.next();
      if (FLAGS.contains(name)) {
        given.put(name, "");
      } else if (VALUES.contains(name) && rest.hasNext()) {
        given.put(name, rest.next());
      } else {
        throw usage("unknown option or missing value: " + name);
      }
    }
    Options options = new Options(given);
    for (String part : options.parts()) {
      if (!part.equals(START)
          && !part.equals(GROWTH)
          && Workload.ALL.stream().noneMatch(workload -> workload.name().equals(part))) {
        throw usage("unknown part: " + part);
      }
    }
    if (options.parts().isEmpty() && given.keySet().stream().anyMatch(VALUES::contains)) {
      throw usage("give --only too");
    }
    if ((options.profiles() || options.isComparison()) && options.workloads().isEmpty()) {
      throw usage("--profile, --before and --after need a workload in --only");
    }
    if (options.peers() && (options.isComparison() || !options.includes(Peers.WORKLOAD))) {
      throw usage("--peers needs the part " + Peers.WORKLOAD + ", and no --before or --after");
    }
    options.connections();
    options.rounds();
    return options;
  }

  private static IllegalArgumentException usage(String problem) {
    return new IllegalArgumentException(
        USAGE.formatted(
            problem,
            String.join(", ", Workload.ALL.stream().map(Workload::name).toList()),
            GROWTH,
            START));
  }

  private List<String> parts() {
    return given.containsKey("--only") ? List.of(value("--only").split(",", -1)) : List.of();
  }

  private String value(String name) {
    return given.getOrDefault(name, "");
  }

  private int number(String name, int otherwise) {
    String text = given.getOrDefault(name, String.valueOf(otherwise));
    if (!text.matches("[1-9][0-9]{0,3}")) {
      throw usage(name + " is not a number from 1 to 9999");
    }
    return Integer.parseInt(text);
  }

  boolean smoke() {
    return given.containsKey("--smoke");
  }

  boolean profiles() {
    return given.containsKey("--profile");
  }

  /** Whether the list is measured beside other servers in front of the same table. */
  boolean peers() {
    return given.containsKey("--peers");
  }

  /** Whether two builds or configurations are compared by turns. */
  boolean isComparison() {
    return given.keySet().stream()
        .anyMatch(name -> name.startsWith("--before") || name.startsWith("--after"));
  }

  /** The jar of a side, {@code before} or {@code after}; the packaged one if not given. */
  String jar(String side) {
    return given.getOrDefault("--" + side, System.getProperty("bench.jar", ""));
  }

  List<String> jvmOptions(String side) {
    List<String> words = new ArrayList<>(List.of(value("--" + side + "-options").split("\\s+")));
    words.removeIf(String::isEmpty);
    return words;
  }

  boolean includes(String part) {
    return parts().isEmpty() || parts().contains(part);
  }

  List<Workload> workloads() {
    return Workload.ALL.stream()
        .filter(workload -> includes(workload.name()))
        .filter(workload -> workload.prepare() == null || isComparison())
        .toList();
  }

  /** Whether only some parts are measured, on the dataset of the last run. */
  boolean isPartial() {
    return !parts().isEmpty();
  }

  int connections() {
    return number("--connections", 32);
  }

  int rounds() {
    return number("--rounds", smoke() ? 1 : isComparison() ? 6 : 3);
  }

  /** How long each measurement takes. */
  int seconds() {
    return smoke() ? 1 : 5;
  }

  /** How long all workloads together run on each service before the first round. */
  int warmUpSeconds() {
    return smoke() ? 0 : 60;
  }

  Dataset.Size dataset() {
    return smoke() ? new Dataset.Size(10, 1_000, 20, 0) : new Dataset.Size(50, 100_000, 20, 0);
  }

  Dataset.Size small() {
    return smoke() ? new Dataset.Size(10, 500, 2, 1_000) : new Dataset.Size(50, 10_000, 2, 100_000);
  }

  Dataset.Size large() {
    return smoke() ? new Dataset.Size(10, 5_000, 2, 0) : new Dataset.Size(50, 1_000_000, 2, 0);
  }
}
