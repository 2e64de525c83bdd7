package org.nself.incidents.bench;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What to measure, and how long.
 *
 * @param smoke a small dataset and a second each: only to see that every path works
 * @param only the name of one part; null for all
 * @param profile whether the service is watched by the flight recorder
 * @param connections how many clients ask at once
 */
record BenchOptions(boolean smoke, @Nullable String only, boolean profile, int connections) {

  static final String START = "start";
  static final String GROWTH = "growth";

  private static final String USAGE =
      "bench/run [--smoke] [--only %s|%s|%s [--profile] [--connections N]]"
          .formatted(String.join("|", Work.all().stream().map(Work::name).toList()), START, GROWTH);

  /**
   * @throws IllegalArgumentException with the usage, for what is not known
   */
  static BenchOptions read(List<String> arguments) {
    boolean smoke = false;
    boolean profile = false;
    int connections = Wrk.CONNECTIONS;
    @Nullable String only = null;
    for (int i = 0; i < arguments.size(); i++) {
      switch (arguments.get(i)) {
        case "--smoke" -> smoke = true;
        case "--profile" -> profile = true;
        case "--connections" ->
            connections = number(++i < arguments.size() ? arguments.get(i) : "");
        case "--only" -> {
          only = ++i < arguments.size() ? arguments.get(i).toLowerCase(Locale.ROOT) : "";
          if (!isPart(only)) {
            throw new IllegalArgumentException(USAGE);
          }
        }
        default -> throw new IllegalArgumentException(USAGE);
      }
    }
    if (profile && (only == null || only.equals(START) || only.equals(GROWTH))) {
      throw new IllegalArgumentException("--profile needs --only and a work: " + USAGE);
    }
    if (connections != Wrk.CONNECTIONS && only == null) {
      throw new IllegalArgumentException("--connections needs --only: " + USAGE);
    }
    return new BenchOptions(smoke, only, profile, connections);
  }

  private static int number(String text) {
    if (!text.matches("[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException(USAGE);
    }
    return Integer.parseInt(text);
  }

  private static boolean isPart(String name) {
    return name.equals(START)
        || name.equals(GROWTH)
        || Work.all().stream().anyMatch(work -> work.name().equals(name));
  }

  boolean includes(String part) {
    return only == null || only.equals(part);
  }

  /** The works to measure in rounds. */
  List<Work> works() {
    return Work.all().stream().filter(work -> includes(work.name())).toList();
  }

  /** Whether this is the run whose results are committed. */
  boolean isComplete() {
    return !smoke && only == null;
  }

  int rounds() {
    return smoke ? 1 : 3;
  }

  /** How long each measurement takes. */
  int seconds() {
    return smoke ? 1 : 5;
  }

  /** How long all works together are done until the JVM is taken for warm. */
  int warmSeconds() {
    return smoke ? 0 : 60;
  }

  DatasetSize dataset() {
    return smoke ? new DatasetSize(10, 1_000, 20, 0) : new DatasetSize(50, 100_000, 20, 0);
  }

  DatasetSize small() {
    return smoke ? new DatasetSize(10, 500, 2, 1_000) : new DatasetSize(50, 10_000, 2, 100_000);
  }

  DatasetSize large() {
    return smoke ? new DatasetSize(10, 5_000, 2, 0) : new DatasetSize(50, 1_000_000, 2, 0);
  }
}
