package org.nself.incidents.nself;

import java.util.List;
import org.nself.incidents.incident.IncidentStatus;

/**
 * How far an incident is in the words of those clients: the gateway's {@code state} knows four, the
 * admin page's {@code status} three.
 */
enum LegacyState {
  OPEN,
  ACKNOWLEDGED,
  MITIGATING,
  /** The admin page's word for what is neither open nor over. */
  INVESTIGATING,
  RESOLVED;

  private static final List<LegacyState> GATEWAY =
      List.of(OPEN, ACKNOWLEDGED, MITIGATING, RESOLVED);
  private static final List<LegacyState> ADMIN_PAGE = List.of(OPEN, INVESTIGATING, RESOLVED);

  static LegacyState forGateway(IncidentStatus status) {
    return first(GATEWAY, status);
  }

  static LegacyState forAdminPage(IncidentStatus status) {
    return first(ADMIN_PAGE, status);
  }

  private static LegacyState first(List<LegacyState> words, IncidentStatus status) {
    return words.stream().filter(word -> word.covers(status)).findFirst().orElseThrow();
  }

  /** Whether an incident of this status is called so. */
  boolean covers(IncidentStatus status) {
    return statuses().contains(status);
  }

  /** The statuses that are called so. */
  List<IncidentStatus> statuses() {
    return switch (this) {
      case OPEN -> List.of(IncidentStatus.OPEN);
      case ACKNOWLEDGED -> List.of(IncidentStatus.ACKNOWLEDGED);
      case MITIGATING -> List.of(IncidentStatus.MITIGATING);
      case INVESTIGATING -> List.of(IncidentStatus.ACKNOWLEDGED, IncidentStatus.MITIGATING);
      case RESOLVED ->
          List.of(
              IncidentStatus.RESOLVED,
              IncidentStatus.CLOSED,
              IncidentStatus.CANCELLED,
              IncidentStatus.MERGED);
    };
  }

  /** The status of an incident that is moved to this state. */
  IncidentStatus target() {
    return statuses().getFirst();
  }
}
