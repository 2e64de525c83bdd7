package org.nself.incidents.runbook.execution.engine;

import java.util.Map;
import java.util.UUID;
import org.nself.incidents.incident.ChangeIncident;
import org.nself.incidents.outbound.OutboundRequest;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.timeline.NewEvent;

/** What a transition does besides writing the rows of the execution. */
public sealed interface SideEffect {

  /** Appends a timeline event in the same transaction. */
  record AppendEvent(NewEvent event) implements SideEffect {}

  /** Changes the incident in the same transaction. */
  record IncidentChange(String step, ChangeIncident change) implements SideEffect {}

  /**
   * Sets the milestone mitigated to now in the same transaction, unless the incident has one.
   *
   * @param reason shown in the timeline
   */
  record Mitigation(String step, UUID incident, String reason) implements SideEffect {}

  /**
   * Starts another execution in the same transaction.
   *
   * @param runbook which one
   * @param inputs by name, rendered
   */
  record StartChild(String step, UUID id, Action.RunRunbook runbook, Map<String, Object> inputs)
      implements SideEffect {}

  /**
   * Sends a request once the attempt is committed.
   *
   * @param number of the attempt
   */
  record Request(String step, int number, OutboundRequest request) implements SideEffect {}
}
