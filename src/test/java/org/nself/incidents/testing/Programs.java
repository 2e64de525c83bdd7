package org.nself.incidents.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Programs of the machine that tests may use where they are installed. */
public final class Programs {

  private Programs() {}

  /**
   * How a program ended.
   *
   * @param output what it wrote, errors included
   */
  public record Result(int status, String output) {}

  /** Whether there is a program of this name in the search path. */
  public static boolean isThere(String name) {
    return find(name).isPresent();
  }

  /** The program of this name in the search path. */
  public static Optional<Path> find(String name) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Skips the test where something that it needs is missing, and says so. With {@code CI=true} in
   * the environment it fails instead: there, nothing is left out in silence.
   *
   * @param missing what is not tried and why
   */
  public static void need(boolean there, String missing) {
    if (!there && "true".equals(System.getenv("CI"))) {
      throw new AssertionError("CI=true, and " + missing);
    }
    if (!there) {
      // Surefire counts what is skipped, but does not say why.
      System.out.println("SKIPPED: " + missing);
    }
    assumeTrue(there, "SKIPPED: " + missing);
  }

  /** Runs a program to its end, five minutes at most, in the directory of the project. */
  public static Result run(List<String> command, Map<String, String> environment) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError(command + " did not end: " + output);
      }
      return new Result(process.exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
