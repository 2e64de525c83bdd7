package org.nself.incidents.runbook.definition;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.incident.Severity;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.StrictJson;

/** Parses the action of a step: its kind and the block of that kind. */
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

  private static final InputReader MISSING = new InputReader(Map.of(), NamingStyle.CAMEL_CASE);

  private final StrictJson json;

  ActionParser(StrictJson json) {
    this.json = json;
  }

  Action parse(InputReader step) {
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
            step.reject(block, "is allowed for the kind " + step.naming().value(owner) + " only");
          }
        });
    return switch (kind) {
      case MANUAL -> new Action.Manual();
      case APPROVAL -> approval(step);
      case HTTP -> http(block(step, "http"));
      case WAIT -> waitAction(block(step, "wait"));
      case INCIDENT -> incidentChange(block(step, "incident"));
      case NOTE -> note(block(step, "note"));
      case RUNBOOK -> runRunbook(block(step, "runbook"));
    };
  }

  private static InputReader block(InputReader step, String name) {
    if (!step.has(name)) {
      step.reject(name, "is required for this kind of step");
      return MISSING;
    }
    @Nullable InputReader block = step.object(name);
    return block == null ? MISSING : block;
  }

  private static Action.Approval approval(InputReader step) {
    @Nullable InputReader block = step.object("approval");
    List<ApproverRole> allRoles = List.of(ApproverRole.values());
    if (block == null) {
      return new Action.Approval(allRoles, 1, false);
    }
    @Nullable List<ApproverRole> approvers = block.enumValues("approvers", ApproverRole.class);
    if (approvers != null && approvers.isEmpty()) {
      block.reject("approvers", "must not be empty, because nobody could approve then");
    }
    @Nullable Integer quorum = block.integer("quorum", 1, MAX_QUORUM);
    @Nullable Boolean notRequester = block.bool("notRequester");
    block.rejectUnknown();
    return new Action.Approval(
        approvers == null ? allRoles : approvers.stream().distinct().toList(),
        quorum == null ? 1 : quorum,
        Boolean.TRUE.equals(notRequester));
  }

  private static Action.Http http(InputReader block) {
    return new HttpActionParser(block).parse();
  }

  private static Action.Wait waitAction(InputReader block) {
    if (block != MISSING && (block.has("seconds") || block.has("duration")) == block.has("until")) {
      block.reject("seconds", "or duration or until is required, but only one of them");
    }
    Action.Wait wait =
        new Action.Wait(
            DefinitionParser.seconds(block, "seconds", "duration", 1, StepParser.MAX_SECONDS),
            block.string("until", DefinitionParser.MAX_CONDITION));
    block.rejectUnknown();
    return wait;
  }

  private static Action.ChangeIncident incidentChange(InputReader block) {
    boolean mitigated = Objects.requireNonNullElse(block.bool("mitigated"), false);
    if (block != MISSING
        && !block.has("status")
        && !block.has("severity")
        && !block.has("owner")
        && !block.has("labels")
        && !mitigated) {
      block.reject("status", "or severity, owner, labels or mitigated: true is required");
    }
    @Nullable IncidentStatus status =
        block.enumValue("status", IncidentStatus::parse, List.of(IncidentStatus.values()));
    if (status == IncidentStatus.MERGED) {
      block.reject("status", "cannot be merged, because a merge needs another incident");
    }
    @Nullable Map<String, String> labels = block.labels("labels");
    Action.ChangeIncident change =
        new Action.ChangeIncident(
            status,
            block.enumValue("severity", Severity::parse, List.of(Severity.values())),
            block.string("owner", MAX_TEMPLATE),
            labels == null ? Map.of() : labels,
            mitigated);
    block.rejectUnknown();
    return change;
  }

  private static Action.Note note(InputReader block) {
    String message = block == MISSING ? "" : block.requiredString("message", MAX_MESSAGE);
    block.rejectUnknown();
    return new Action.Note(message);
  }

  private Action.RunRunbook runRunbook(InputReader block) {
    if (block != MISSING && block.has("runbookId") == block.has("key")) {
      block.reject("runbookId", "or key is required, but not both");
    }
    @Nullable UUID runbook = block.uuid("runbookId");
    @Nullable String key = DefinitionParser.parseKey(block);
    Map<String, Object> inputs = new HashMap<>();
    if (block.json("inputs", json) != null) {
      if (block.value("inputs") instanceof Map<?, ?> members) {
        members.forEach(
            (name, raw) -> {
              @Nullable Object value = raw == null ? null : RunbookInput.toScalar(raw);
              if (value == null) {
                block.reject("inputs", "must have text, whole numbers and booleans as values only");
              } else {
                inputs.put(String.valueOf(name), value);
              }
            });
      } else {
        block.reject("inputs", "must be an object");
      }
    }
    block.rejectUnknown();
    return new Action.RunRunbook(runbook, key, inputs);
  }
}
