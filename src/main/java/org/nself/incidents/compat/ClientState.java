package org.nself.incidents.compat;

import java.util.List;
import org.nself.incidents.incident.IncidentStatus;

/**
 * How far an incident is in the words of those clients: the gateway's {@code state} knows four, the
 * admin page's {@code status} three.
 */
enum ClientState {
  OPEN(IncidentStatus.OPEN),
  ACKNOWLEDGED(IncidentStatus.ACKNOWLEDGED),
  MITIGATING(IncidentStatus.MITIGATING),
  /** The admin page's word for what is neither open nor over. */
  INVESTIGATING(IncidentStatus.ACKNOWLEDGED, IncidentStatus.MITIGATING),
  RESOLVED(
      IncidentStatus.RESOLVED,
      IncidentStatus.CLOSED,
      IncidentStatus.CANCELLED,
      IncidentStatus.MERGED);

  private static final List<ClientState> GATEWAY =
      List.of(OPEN, ACKNOWLEDGED, MITIGATING, RESOLVED);
  private static final List<ClientState> ADMIN_PAGE = List.of(OPEN, INVESTIGATING, RESOLVED);

  private final List<IncidentStatus> statuses;

  ClientState(IncidentStatus... statuses) {
    this.statuses = List.of(statuses);
  }

  static ClientState forGateway(IncidentStatus status) {
    return first(GATEWAY, status);
  }

  static ClientState forAdminPage(IncidentStatus status) {
    return first(ADMIN_PAGE, status);
  }

  private static ClientState first(List<ClientState> words, IncidentStatus status) {
    return words.stream().filter(word -> word.covers(status)).findFirst().orElseThrow();
  }

  /** Whether an incident of this status is called so. */
  boolean covers(IncidentStatus status) {
    return statuses.contains(status);
  }

  /** The statuses that are called so. */
  List<IncidentStatus> statuses() {
    return statuses;
  }

  /** The status of an incident that is moved to this state. */
  IncidentStatus target() {
    return statuses.getFirst();
  }
}
