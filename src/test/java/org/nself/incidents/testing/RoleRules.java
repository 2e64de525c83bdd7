package org.nself.incidents.testing;

import java.util.List;
import java.util.Set;

/**
 * The permissions of roles on GraphQL root fields, expected of the service and of the Hasura
 * schemas.
 */
public final class RoleRules {

  /** Roles with limited permissions; admin and service have all. */
  public static final List<String> LIMITED = List.of("responder", "user", "viewer");

  /** Mutations that only admin and service may run. */
  private static final Set<String> ADMINISTRATIVE =
      Set.of(
          "redactTimelineEvent",
          "createRunbook",
          "updateRunbook",
          "applyRunbook",
          "applyRunbooks",
          "archiveRunbook");

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
