package org.nself.incidents.settings;

import java.net.BindException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.PortInUseException;

/**
 * A setting is missing, malformed or unusable. The message is one line that names the variable; the
 * start fails.
 */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigurationException(String variable, String message) {
    // A quoted value may contain line breaks.
    super(variable + " " + message.replaceAll("\\p{Cntrl}+", " "), null, false, false);
  }

  /** The configuration error that made the start fail; null where the cause is another. */
  public static @Nullable ConfigurationException findCause(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case ConfigurationException exception -> {
          return exception;
        }
        case PortInUseException taken -> {
          return new ConfigurationException(
              "PORT",
              taken.getPort() + " is in use by another program: stop it, or set another port");
        }
        case BindException exception -> {
          return new ConfigurationException(
              "BIND_ADDRESS", "and PORT: cannot listen there: " + exception.getMessage());
        }
        default -> {}
      }
    }
    return null;
  }
}
