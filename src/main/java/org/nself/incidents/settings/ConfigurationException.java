package org.nself.incidents.settings;

import java.net.BindException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.PortInUseException;

/**
 * A setting that is missing or malformed, or that leads nowhere. Its message is one line that names
 * the variable; it stops the start.
 */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigurationException(String variable, String message) {
    // Of several lines where it quotes a value that has some.
    super(variable + " " + message.replaceAll("\\p{Cntrl}+", " "), null, false, false);
  }

  /** The setting to blame for a start that failed; null where none is. */
  public static @Nullable ConfigurationException findCause(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case ConfigurationException problem -> {
          return problem;
        }
        case PortInUseException taken -> {
          return new ConfigurationException(
              "PORT",
              taken.getPort() + " is taken by another program: stop that one, or set another port");
        }
        case BindException refused -> {
          return new ConfigurationException(
              "BIND_ADDRESS", "and PORT cannot be listened on: " + refused.getMessage());
        }
        default -> {}
      }
    }
    return null;
  }
}
