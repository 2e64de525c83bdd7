package org.nself.incidents.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nself.incidents.testing.Programs;

/** Runs other programs and reads figures from {@code /proc}. */
public final class Commands {

  private Commands() {}

  /**
   * Returns the output of a program, errors included.
   *
   * @throws IllegalStateException if its exit status is not 0
   */
  static String run(List<String> command, Map<String, String> environment) {
    Programs.ProgramResult result = Programs.run(command, environment);
    if (result.status() != 0) {
      throw new IllegalStateException(
          "%s exited with %d: %s"
              .formatted(String.join(" ", command), result.status(), result.output()));
    }
    return result.output();
  }

  /** Runs a program of the JDK that runs the benchmark. */
  static String jdk(String program, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", program).toString());
    command.addAll(List.of(arguments));
    return run(command, Map.of());
  }

  /** Resident memory of a process in KiB: {@code VmRSS} now, {@code VmHWM} at most so far. */
  public static long memory(long pid, String name) {
    return Long.parseLong(proc(pid + "/status", name).replaceAll("\\D", ""));
  }

  /** The value of the first {@code name: value} line in a file of {@code /proc}. */
  static String proc(String file, String name) {
    return read(Path.of("/proc", file))
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("0");
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
