package org.nself.incidents.console;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An example incident: how it is opened, and what people do then.
 *
 * @param openedAt when it began
 * @param openedBy who opened it, some time after it began
 * @param input an OpenIncidentInput
 * @param actions in order
 */
record DemoIncident(
    Instant openedAt, String openedBy, Map<String, @Nullable Object> input, List<Action> actions) {

  static final String OPEN =
      "mutation ($input: OpenIncidentInput!) { result: openIncident(input: $input) { id } }";

  /**
   * What somebody does.
   *
   * @param document a mutation whose input names the incident
   * @param idField the name of the incident's id in the input
   */
  record Action(
      Instant at,
      String actor,
      String document,
      String idField,
      Map<String, @Nullable Object> input) {}

  /** Writes an incident down, action by action. */
  static final class Builder {
    private final Instant openedAt;
    private final String openedBy;
    private final Map<String, @Nullable Object> input;
    private final List<Action> actions = new ArrayList<>();
    private Instant now;

    /**
     * @param declaredAfter how long after its beginning somebody opened it
     */
    Builder(
        Instant openedAt,
        Duration declaredAfter,
        String openedBy,
        Map<String, @Nullable Object> input) {
      this.openedAt = openedAt;
      this.openedBy = openedBy;
      this.input = new LinkedHashMap<>(input);
      this.input.put("openedAt", openedAt.toString());
      this.now = openedAt.plus(declaredAfter);
      // Not an action, but the time of the first event.
      actions.add(new Action(now, openedBy, OPEN, "", Map.of()));
    }

    Builder after(Duration duration) {
      now = now.plus(duration);
      return this;
    }

    /** When the last action happened. */
    Instant now() {
      return now;
    }

    Builder status(String actor, String status, @Nullable String reason) {
      Map<String, @Nullable Object> transition = new LinkedHashMap<>();
      transition.put("status", status);
      transition.put("reason", reason);
      return add(
          actor,
          "mutation ($input: TransitionIncidentInput!) { result: transitionIncident(input: $input)"
              + " { id } }",
          "id",
          transition);
    }

    Builder owner(String actor, String owner) {
      return update(actor, Map.of("owner", owner));
    }

    Builder severity(String actor, String severity) {
      return update(actor, Map.of("severity", severity));
    }

    private Builder update(String actor, Map<String, @Nullable Object> changes) {
      return add(
          actor,
          "mutation ($input: UpdateIncidentInput!) { result: updateIncident(input: $input) { id }"
              + " }",
          "id",
          changes);
    }

    Builder note(String actor, String message) {
      return add(
          actor,
          "mutation ($input: AddTimelineEventInput!) { result: addTimelineEvent(input: $input) {"
              + " seq } }",
          "incidentId",
          Map.of("message", message));
    }

    /** Says that the impact is over. */
    Builder mitigated(String actor, String reason) {
      return add(
          actor,
          "mutation ($input: SetMilestoneInput!) { result: setMilestone(input: $input) { id } }",
          "incidentId",
          Map.of("kind", "MITIGATED", "occurredAt", now.toString(), "reason", reason));
    }

    private Builder add(
        String actor, String document, String idField, Map<String, @Nullable Object> changes) {
      actions.add(new Action(now, actor, document, idField, changes));
      return this;
    }

    DemoIncident build() {
      return new DemoIncident(openedAt, openedBy, input, List.copyOf(actions));
    }
  }
}
