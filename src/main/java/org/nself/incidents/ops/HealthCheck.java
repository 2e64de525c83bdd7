package org.nself.incidents.ops;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code /health} and {@code /ready}.
 *
 * @param name what was checked
 * @param status {@code ok}, {@code warning} or {@code failed}; while one is failed, requests are
 *     not to be sent here
 * @param code what was found, for programs
 * @param message what was found, for people; names no secret and no host
 * @param command what mends it; null if nothing has to be, or no command does
 */
record HealthCheck(
    String name,
    String status,
    String code,
    String message,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String command) {

  private static final String FAILED = "failed";

  static HealthCheck ok(String name, String code, String message) {
    return new HealthCheck(name, "ok", code, message, null);
  }

  static HealthCheck warning(String name, String code, String message, @Nullable String command) {
    return new HealthCheck(name, "warning", code, message, command);
  }

  static HealthCheck failed(String name, String code, String message, @Nullable String command) {
    return new HealthCheck(name, FAILED, code, message, command);
  }

  boolean passes() {
    return status.equals("ok");
  }

  boolean fails() {
    return status.equals(FAILED);
  }
}
