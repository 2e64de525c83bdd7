package org.nself.incidents.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Name and version of this program, for health, metrics and logs.
 *
 * @param version as in the pom
 */
public record BuildInfo(String version) {
  public static final String NAME = "nself-incident-mgmt";

  /** Reads the version that the build wrote into the jar. */
  public static BuildInfo read() {
    try (@Nullable InputStream file =
        BuildInfo.class.getResourceAsStream("/META-INF/build-info.properties")) {
      Properties build = new Properties();
      if (file != null) {
        build.load(file);
      }
      return new BuildInfo(build.getProperty("build.version", "development"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
