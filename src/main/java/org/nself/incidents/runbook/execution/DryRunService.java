package org.nself.incidents.runbook.execution;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.EvaluationContext;
import org.nself.incidents.expression.ExpressionFailure;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.runbook.execution.engine.StepStatus;
import org.nself.incidents.runbook.execution.engine.Tools;
import org.nself.incidents.runbook.execution.worker.ExecutionStarter;
import org.nself.incidents.runbook.execution.worker.StartRunbook;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.error.ApiException;

/** Says what a runbook would do, and does nothing of it. */
final class DryRunService {

  private final RunbookService runbooks;
  private final IncidentService incidents;
  private final Tools tools;

  DryRunService(RunbookService runbooks, IncidentService incidents, Tools tools) {
    this.runbooks = runbooks;
    this.incidents = incidents;
    this.tools = tools;
  }

  /**
   * Null where the account has no such runbook.
   *
   * @throws ApiException {@code not_found} for the incident; {@code invalid} naming the inputs at
   *     fault
   */
  @Nullable DryRun plan(Caller caller, StartRunbook command) {
    caller.requirePermission(Permission.READ);
    @Nullable Runbook runbook = runbooks.find(caller, command.runbook());
    if (runbook == null) {
      return null;
    }
    runbook.definition().requireSupported();
    Map<String, Object> inputs =
        ExecutionStarter.checked(runbook.definition().inputs(), command.inputs());
    @Nullable Map<String, @Nullable Object> incident = null;
    if (command.incident() != null) {
      Incident found = incidents.get(caller, new IncidentRef.ById(command.incident()));
      incident = tools.values().incident(found);
    }
    Map<String, Map<String, @Nullable Object>> steps = new HashMap<>();
    for (Step step : runbook.definition().steps()) {
      Map<String, @Nullable Object> seen = new HashMap<>();
      seen.put("status", StepStatus.PENDING.word());
      steps.put(step.key(), seen);
    }
    EvaluationContext scope =
        new EvaluationContext(
            incident, tools.values().members(tools.values().write(inputs)), steps);
    return new DryRun(
        runbook.id(),
        runbook.version(),
        inputs,
        runbook.definition().steps().stream().map(step -> step(step, scope)).toList());
  }

  private DryRun.Step step(Step step, EvaluationContext scope) {
    @Nullable Boolean runs = true;
    @Nullable String unknown = null;
    DryRun.@Nullable Request request = null;
    @Nullable String message = null;
    try {
      if (step.when() != null) {
        runs = null;
        runs = tools.expressions().condition(step.when()).evaluate(scope);
      }
      switch (step.action()) {
        case Action.Http http -> request = request(http, scope);
        case Action.Note note -> message = shown(note.message(), scope);
        default -> {}
      }
    } catch (ExpressionFailure | InvalidExpression e) {
      unknown = tools.secrets().mask(String.valueOf(e.getMessage()));
    }
    return new DryRun.Step(
        step.key(), step.title(), step.kind(), step.dependsOn(), runs, unknown, request, message);
  }

  private DryRun.Request request(Action.Http http, EvaluationContext scope) {
    List<DryRun.Header> headers = new ArrayList<>();
    http.headers()
        .forEach((name, value) -> headers.add(new DryRun.Header(name, shown(value, scope))));
    return new DryRun.Request(
        http.method(),
        shown(http.url(), scope),
        headers,
        http.body() == null ? null : shown(http.body(), scope));
  }

  private String shown(String template, EvaluationContext scope) {
    return tools.expressions().template(template).render(scope).redactedText();
  }
}
