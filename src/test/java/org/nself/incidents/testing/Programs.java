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

/** Installed programs that tests use if available. */
public final class Programs {

  private Programs() {}

  /**
   * The result of a program.
   *
   * @param output stdout and stderr
   */
  public record ProgramResult(int status, String output) {}

  /** Whether a program of this name is in the PATH. */
  public static boolean isThere(String name) {
    return find(name).isPresent();
  }

  /** The program of this name in the PATH. */
  public static Optional<Path> find(String name) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Skips the test, with a message, if something that it needs is missing. With {@code CI=true} in
   * the environment the test fails instead.
   *
   * @param missing what is skipped and why
   */
  public static void need(boolean there, String missing) {
    if (!there && "true".equals(System.getenv("CI"))) {
      throw new AssertionError("CI=true, and " + missing);
    }
    if (!there) {
      // Surefire counts skipped tests but does not report why.
      System.out.println("SKIPPED: " + missing);
    }
    assumeTrue(there, "SKIPPED: " + missing);
  }

  /** Runs a program to its end, five minutes at most, in the directory of the project. */
  public static ProgramResult run(List<String> command, Map<String, String> environment) {
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
      return new ProgramResult(process.exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
