package org.nself.incidents.runbook.execution;

import java.util.Map;
import java.util.UUID;
import org.nself.incidents.incident.ChangeIncident;
import org.nself.incidents.outbound.Call;
import org.nself.incidents.timeline.NewEvent;

/** What is to be done besides writing the rows of the execution. */
sealed interface Effect {

  /** An event of the timeline, appended in the same transaction. */
  record Told(NewEvent event) implements Effect {}

  /** A change of the incident, in the same transaction. */
  record IncidentChange(String step, ChangeIncident change) implements Effect {}

  /**
   * An execution that begins in the same transaction.
   *
   * @param inputs by name
   */
  record Child(String step, UUID id, UUID runbook, Map<String, Object> inputs) implements Effect {}

  /**
   * A request, sent once the attempt is committed.
   *
   * @param number of the attempt
   */
  record Request(String step, int number, Call call) implements Effect {}
}
