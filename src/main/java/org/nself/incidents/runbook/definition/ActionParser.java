package org.nself.incidents.runbook.definition;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.incident.Severity;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.StrictJson;

/** Reads what a step does: the block of its kind, and no other. */
final class ActionParser {

  private static final int MAX_TEMPLATE = 2_000;
  private static final int MAX_MESSAGE = 20_000;
  private static final int MAX_QUORUM = 20;

  private static final Map<String, StepKind> BLOCKS =
      Map.of(
          "approval", StepKind.APPROVAL,
          "http", StepKind.HTTP,
          "wait", StepKind.WAIT,
          "incident", StepKind.INCIDENT,
          "note", StepKind.NOTE,
          "runbook", StepKind.RUNBOOK);

  private static final InputReader NONE = new InputReader(Map.of(), NamingStyle.CAMEL_CASE);

  private final StrictJson json;

  ActionParser(StrictJson json) {
    this.json = json;
  }

  Action read(InputReader step) {
    if (!step.has("kind")) {
      step.reject("kind", "is required");
    }
    @Nullable StepKind kind = step.enumValue("kind", StepKind.class);
    if (kind == null) {
      BLOCKS.keySet().forEach(step::value);
      return new Action.Manual();
    }
    BLOCKS.forEach(
        (block, owner) -> {
          if (owner != kind && step.has(block)) {
            step.reject(block, "belongs to the kind " + step.naming().value(owner));
          }
        });
    return switch (kind) {
      case MANUAL -> new Action.Manual();
      case APPROVAL -> approval(step);
      case HTTP -> http(block(step, "http"));
      case WAIT -> waiting(block(step, "wait"));
      case INCIDENT -> change(block(step, "incident"));
      case NOTE -> note(block(step, "note"));
      case RUNBOOK -> run(block(step, "runbook"));
    };
  }

  private static InputReader block(InputReader step, String name) {
    if (!step.has(name)) {
      step.reject(name, "is required for this kind");
      return NONE;
    }
    @Nullable InputReader block = step.object(name);
    return block == null ? NONE : block;
  }

  private static Action.Approval approval(InputReader step) {
    @Nullable InputReader block = step.object("approval");
    List<ApproverRole> everybody = List.of(ApproverRole.values());
    if (block == null) {
      return new Action.Approval(everybody, 1, false);
    }
    @Nullable List<ApproverRole> approvers = block.enumValues("approvers", ApproverRole.class);
    if (approvers != null && approvers.isEmpty()) {
      block.reject("approvers", "must not be empty; nobody could approve");
    }
    @Nullable Integer quorum = block.integer("quorum", 1, MAX_QUORUM);
    @Nullable Boolean notRequester = block.bool("notRequester");
    block.rejectUnknown();
    return new Action.Approval(
        approvers == null ? everybody : approvers.stream().distinct().toList(),
        quorum == null ? 1 : quorum,
        Boolean.TRUE.equals(notRequester));
  }

  private static Action.Http http(InputReader block) {
    return new HttpActionParser(block).read();
  }

  private static Action.Wait waiting(InputReader block) {
    if (block != NONE && block.has("seconds") == block.has("until")) {
      block.reject("seconds", "or until must be given, one of the two");
    }
    Action.Wait wait =
        new Action.Wait(
            block.integer("seconds", 1, StepParser.MAX_SECONDS),
            block.string("until", DefinitionParser.MAX_CONDITION));
    block.rejectUnknown();
    return wait;
  }

  private static Action.ChangeIncident change(InputReader block) {
    if (block != NONE
        && !block.has("status")
        && !block.has("severity")
        && !block.has("owner")
        && !block.has("labels")) {
      block.reject("status", "or severity, owner or labels must be given; else nothing changes");
    }
    @Nullable IncidentStatus status =
        block.enumValue("status", IncidentStatus::parse, List.of(IncidentStatus.values()));
    if (status == IncidentStatus.MERGED) {
      block.reject("status", "cannot be merged; that takes another incident");
    }
    @Nullable Map<String, String> labels = block.labels("labels");
    Action.ChangeIncident change =
        new Action.ChangeIncident(
            status,
            block.enumValue("severity", Severity::parse, List.of(Severity.values())),
            block.string("owner", MAX_TEMPLATE),
            labels == null ? Map.of() : labels);
    block.rejectUnknown();
    return change;
  }

  private static Action.Note note(InputReader block) {
    String message = block == NONE ? "" : block.requiredString("message", MAX_MESSAGE);
    block.rejectUnknown();
    return new Action.Note(message);
  }

  private Action.RunRunbook run(InputReader block) {
    UUID runbook = block == NONE ? new UUID(0, 0) : block.requiredUuid("runbookId");
    Map<String, Object> inputs = new HashMap<>();
    if (block.json("inputs", json) != null) {
      if (block.value("inputs") instanceof Map<?, ?> members) {
        members.forEach(
            (name, given) -> {
              @Nullable Object value = given == null ? null : RunbookInput.toScalar(given);
              if (value == null) {
                block.reject(
                    "inputs", "must hold texts, whole numbers and booleans, and nothing else");
              } else {
                inputs.put(String.valueOf(name), value);
              }
            });
      } else {
        block.reject("inputs", "must be an object");
      }
    }
    block.rejectUnknown();
    return new Action.RunRunbook(runbook, inputs);
  }
}
