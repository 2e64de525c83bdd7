package org.nself.incidents.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs the client scripts of {@code src/test/js} with Node.js and packages of npm. */
public final class NodeScripts {

  private static final Path DIRECTORY = Path.of("src/test/js");

  private NodeScripts() {}

  /**
   * Skips the test if Node.js is missing. Installs the npm packages unless those of the lock file
   * are installed.
   */
  public static synchronized void need() {
    Programs.need(
        Programs.isThere("node") && Programs.isThere("npm"),
        "clients of Node.js are not tried, because node and npm are not installed");
    if (isInstalled()) {
      return;
    }
    Programs.ProgramResult result =
        Programs.run(
            List.of(
                "npm", "ci", "--prefix", DIRECTORY.toString(), "--ignore-scripts", "--no-audit"),
            Map.of());
    Programs.need(
        result.status() == 0,
        "clients of Node.js are not tried, because npm could not install their packages: "
            + result.output());
  }

  private static boolean isInstalled() {
    Path installed = DIRECTORY.resolve("node_modules/.package-lock.json");
    try {
      return Files.exists(installed)
          && Files.getLastModifiedTime(installed)
                  .compareTo(Files.getLastModifiedTime(DIRECTORY.resolve("package-lock.json")))
              >= 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs the tests of a script. */
  public static Programs.ProgramResult test(String script, Map<String, String> environment) {
    List<String> command = new ArrayList<>(List.of("node", "--test"));
    command.add(DIRECTORY.resolve(script).toString());
    return Programs.run(command, environment);
  }
}
