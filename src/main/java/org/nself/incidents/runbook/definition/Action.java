package org.nself.incidents.runbook.definition;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.incident.Severity;

/** What a step does, with what it needs for it. Texts marked as templates may hold {@code ${…}}. */
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

  /** A person does it. */
  record Manual() implements Action {}

  /**
   * People decide.
   *
   * @param quorum how many different people must approve
   * @param notRequester whether whoever started the execution does not count
   */
  record Approval(List<ApproverRole> approvers, int quorum, boolean notRequester)
      implements Action {}

  /**
   * A request is sent.
   *
   * @param url a template
   * @param headers templates by name
   * @param body a template
   * @param expectStatus what means success; empty for 200 to 299
   * @param outputPath a JSON Pointer into the response; null for all of it
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
   * Time passes: so many seconds, or until a CEL condition over the incident holds; one of them.
   */
  record Wait(@Nullable Integer seconds, @Nullable String until) implements Action {}

  /**
   * The incident changes; null leaves a field as it is.
   *
   * @param owner a template
   * @param labels templates to set; the others stay
   */
  record ChangeIncident(
      @Nullable IncidentStatus status,
      @Nullable Severity severity,
      @Nullable String owner,
      Map<String, String> labels)
      implements Action {}

  /** The timeline gets a note, a template. */
  record Note(String message) implements Action {}

  /**
   * Another runbook runs.
   *
   * @param inputs texts, whole numbers and booleans by name; texts are templates
   */
  record RunRunbook(UUID runbookId, Map<String, Object> inputs) implements Action {}
}
