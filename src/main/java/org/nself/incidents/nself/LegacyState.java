package org.nself.incidents.nself;

import java.util.List;
import org.nself.incidents.incident.IncidentStatus;

/**
 * The states of an incident that the legacy clients know: four in the gateway's {@code state},
 * three in the admin page's {@code status}.
 */
enum LegacyState {
  OPEN,
  ACKNOWLEDGED,
  MITIGATING,
  /** The admin page's value for acknowledged and mitigating. */
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

  private static LegacyState first(List<LegacyState> states, IncidentStatus status) {
    return states.stream().filter(state -> state.covers(status)).findFirst().orElseThrow();
  }

  /** Whether an incident of this status is shown in this state. */
  boolean covers(IncidentStatus status) {
    return statuses().contains(status);
  }

  /** The statuses that are shown as this state. */
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

  /** The status that a request for this state moves an incident to. */
  IncidentStatus target() {
    return statuses().getFirst();
  }
}
