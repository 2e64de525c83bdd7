package org.nself.incidents.ops;

/**
 * A setting that is missing or malformed. Its message is one line that names the variable; it stops
 * the start.
 */
public final class SettingsProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SettingsProblem(String variable, String message) {
    super(variable + " " + message, null, false, false);
  }
}
