package org.nself.incidents.runbook.execution;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.EvaluationContext;
import org.nself.incidents.expression.ExpressionFailure;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.expression.WorkBudget;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.incident.milestone.MilestoneService;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.runbook.execution.engine.JsonValues;
import org.nself.incidents.runbook.execution.engine.RequestRenderer;
import org.nself.incidents.runbook.execution.engine.StepStatus;
import org.nself.incidents.runbook.execution.worker.ExecutionStarter;
import org.nself.incidents.runbook.execution.worker.StartRunbook;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.response.ResponseSizeBudget;

/** Evaluates a runbook without executing it. */
final class DryRunService {

  private final RunbookService runbooks;
  private final IncidentService incidents;
  private final MilestoneService milestones;
  private final Expressions expressions;
  private final RequestRenderer requests;
  private final JsonValues values;

  DryRunService(
      RunbookService runbooks,
      IncidentService incidents,
      MilestoneService milestones,
      Expressions expressions,
      RequestRenderer requests,
      JsonValues values) {
    this.runbooks = runbooks;
    this.incidents = incidents;
    this.milestones = milestones;
    this.expressions = expressions;
    this.requests = requests;
    this.values = values;
  }

  /**
   * Null where the account has no such runbook.
   *
   * @param work that the expressions of all dry runs of the request may cost
   * @param budget of the response: requests and messages can be much longer than their templates
   * @throws ApiException {@code not_found} for the incident; {@code invalid} with an error for each
   *     wrong input, or if the work is too much; {@code too_large}
   */
  @Nullable DryRun plan(
      Caller caller, StartRunbook command, WorkBudget work, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    @Nullable Runbook runbook = runbooks.find(caller, command.runbook());
    if (runbook == null) {
      return null;
    }
    runbook.definition().requireSupported();
    Map<String, Object> inputs =
        ExecutionStarter.checkInputs(runbook.definition().inputs(), command.inputs());
    @Nullable Map<String, @Nullable Object> incident = null;
    if (command.incident() != null) {
      Incident found = incidents.get(caller, new IncidentRef.ById(command.incident()));
      incident = values.incident(found, milestones.find(caller, found.id()));
    }
    Map<String, Map<String, @Nullable Object>> steps = new HashMap<>();
    for (Step step : runbook.definition().steps()) {
      Map<String, @Nullable Object> view = new HashMap<>();
      view.put("status", StepStatus.PENDING.value());
      steps.put(step.key(), view);
    }
    EvaluationContext context =
        new EvaluationContext(
            caller.account(), work, incident, values.members(values.write(inputs)), steps);
    return new DryRun(
        runbook.id(),
        runbook.version(),
        inputs,
        runbook.definition().steps().stream()
            .map(
                step -> {
                  DryRun.Step planned = step(step, context);
                  budget.spendOrRefuse(weight(planned), "plan fewer runbooks, with shorter inputs");
                  return planned;
                })
            .toList());
  }

  /** The approximate bytes of a step in a response. */
  private static long weight(DryRun.Step step) {
    long weight = 300L + step.title().length() + length(step.unknown()) + length(step.message());
    DryRun.@Nullable Request request = step.request();
    if (request != null) {
      weight += request.url().length() + length(request.body());
      for (DryRun.Header header : request.headers()) {
        weight += header.name().length() + header.value().length();
      }
    }
    return weight;
  }

  private static int length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }

  private DryRun.Step step(Step step, EvaluationContext context) {
    @Nullable Boolean runs = true;
    @Nullable String unknown = null;
    DryRun.@Nullable Request request = null;
    @Nullable String message = null;
    try {
      if (step.when() != null) {
        runs = null;
        runs = expressions.condition(context.account(), step.when()).evaluate(context);
      }
      switch (step.action()) {
        case Action.Http http -> request = request(http, context);
        case Action.Note note ->
            message =
                expressions.template(context.account(), note.message()).renderRedacted(context);
        default -> {}
      }
    } catch (ExpressionFailure | InvalidExpression e) {
      if (context.budget().exceeded()) {
        throw ApiException.invalid(
            "steps." + step.key(),
            "the expressions of the runbook up to this step take more work than a dry run is"
                + " allowed");
      }
      unknown = String.valueOf(e.getMessage());
    }
    return new DryRun.Step(
        step.key(), step.title(), step.kind(), step.dependsOn(), runs, unknown, request, message);
  }

  private DryRun.Request request(Action.Http http, EvaluationContext context) {
    RequestRenderer.Shown shown = requests.show(http, context);
    return new DryRun.Request(
        http.method(),
        shown.url(),
        shown.headers().entrySet().stream()
            .map(header -> new DryRun.Header(header.getKey(), header.getValue()))
            .toList(),
        shown.body());
  }
}
