package org.nself.incidents.testing;

import java.util.List;
import java.util.Set;

/**
 * Which role may ask which root field. The service is held to it, and so is all that narrows it.
 */
public final class RoleRules {

  /** Roles that may write, or only read; admin and service may do everything. */
  public static final List<String> LIMITED = List.of("responder", "user", "viewer");

  /** Mutations for which even a responder is not enough. */
  private static final Set<String> ADMINISTRATIVE =
      Set.of("redactTimelineEvent", "createRunbook", "updateRunbook", "archiveRunbook");

  private RoleRules() {}

  /**
   * @param operation query or mutation
   */
  public static boolean may(String role, String operation, String field) {
    if (operation.equals("query")) {
      return true;
    }
    return switch (role) {
      case "viewer" -> false;
      case "user", "responder" -> !ADMINISTRATIVE.contains(field);
      default -> true;
    };
  }
}
