package org.nself.incidents.runbook.definition;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.incident.Severity;

/** The action of a step with its parameters. Templates can contain {@code ${…}}. */
public sealed interface Action {

  default StepKind kind() {
    return switch (this) {
      case Manual _ -> StepKind.MANUAL;
      case Approval _ -> StepKind.APPROVAL;
      case Http _ -> StepKind.HTTP;
      case Wait _ -> StepKind.WAIT;
      case ChangeIncident _ -> StepKind.INCIDENT;
      case Note _ -> StepKind.NOTE;
      case RunRunbook _ -> StepKind.RUNBOOK;
    };
  }

  /** A person does it and reports completion. */
  record Manual() implements Action {}

  /**
   * People approve or reject.
   *
   * @param quorum number of different people who must approve
   * @param notRequester whether the decision of the person who started the execution is ignored
   */
  record Approval(List<ApproverRole> approvers, int quorum, boolean notRequester)
      implements Action {}

  /**
   * Sends an HTTP request.
   *
   * @param url a template
   * @param headers templates by name
   * @param body a template
   * @param expectStatus the statuses that mean success; empty for 200 to 299
   * @param outputPath a JSON Pointer to the part of the response to keep; null for all of it
   */
  record Http(
      HttpMethod method,
      String url,
      Map<String, String> headers,
      @Nullable String body,
      List<Integer> expectStatus,
      @Nullable String outputPath)
      implements Action {}

  /**
   * Waits for a number of seconds, or until a CEL condition over the incident is true. Exactly one
   * of the two is set.
   */
  record Wait(@Nullable Integer seconds, @Nullable String until) implements Action {}

  /**
   * Changes the incident; null keeps a field.
   *
   * @param owner a template
   * @param labels templates of the labels to set; other labels are kept
   * @param mitigated whether the milestone mitigated is set to the time of the step, unless the
   *     incident has one
   */
  record ChangeIncident(
      @Nullable IncidentStatus status,
      @Nullable Severity severity,
      @Nullable String owner,
      Map<String, String> labels,
      boolean mitigated)
      implements Action {

    /** Whether a field of the incident itself changes, not only its milestones. */
    public boolean changesFields() {
      return status != null || severity != null || owner != null || !labels.isEmpty();
    }
  }

  /** Adds a note to the timeline; the message is a template. */
  record Note(String message) implements Action {}

  /**
   * Executes another runbook, named by its id, or by the key that it has at that time. Exactly one
   * of the two is set.
   *
   * @param inputs strings, integers and booleans by name; strings are templates
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record RunRunbook(@Nullable UUID runbookId, @Nullable String key, Map<String, Object> inputs)
      implements Action {

    /** The id or the key, for messages. */
    public String reference() {
      return key == null ? "the id " + runbookId : "the key " + key;
    }
  }
}
