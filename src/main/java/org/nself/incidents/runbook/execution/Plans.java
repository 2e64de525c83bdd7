package org.nself.incidents.runbook.execution;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.Caller;
import org.nself.incidents.account.Permission;
import org.nself.incidents.api.Problem;
import org.nself.incidents.expression.ExpressionFailure;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.expression.Scope;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentKey;
import org.nself.incidents.incident.Incidents;
import org.nself.incidents.runbook.Action;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.Runbooks;
import org.nself.incidents.runbook.Step;

/** Says what a runbook would do, and does nothing of it. */
final class Plans {

  private final Runbooks runbooks;
  private final Incidents incidents;
  private final Tools tools;

  Plans(Runbooks runbooks, Incidents incidents, Tools tools) {
    this.runbooks = runbooks;
    this.incidents = incidents;
    this.tools = tools;
  }

  /**
   * Null where the account has no such runbook.
   *
   * @throws Problem {@code not_found} for the incident; {@code invalid} naming the inputs at fault
   */
  @Nullable Plan plan(Caller caller, StartRunbook command) {
    caller.must(Permission.READ);
    @Nullable Runbook runbook = runbooks.find(caller, command.runbook());
    if (runbook == null) {
      return null;
    }
    Map<String, Object> inputs = Starts.checked(runbook.definition().inputs(), command.inputs());
    @Nullable Map<String, @Nullable Object> incident = null;
    if (command.incident() != null) {
      Incident found = incidents.get(caller, new IncidentKey.ById(command.incident()));
      incident = tools.values().incident(found);
    }
    Map<String, Map<String, @Nullable Object>> steps = new HashMap<>();
    for (Step step : runbook.definition().steps()) {
      Map<String, @Nullable Object> seen = new HashMap<>();
      seen.put("status", StepStatus.PENDING.word());
      steps.put(step.key(), seen);
    }
    Scope scope = new Scope(incident, tools.values().members(tools.values().write(inputs)), steps);
    return new Plan(
        runbook.id(),
        runbook.version(),
        inputs,
        runbook.definition().steps().stream().map(step -> step(step, scope)).toList());
  }

  private Plan.Step step(Step step, Scope scope) {
    @Nullable Boolean runs = true;
    @Nullable String unknown = null;
    Plan.@Nullable Request request = null;
    @Nullable String message = null;
    try {
      if (step.when() != null) {
        runs = null;
        runs = tools.expressions().condition(step.when()).holds(scope);
      }
      switch (step.action()) {
        case Action.Http http -> request = request(http, scope);
        case Action.Note note -> message = shown(note.message(), scope);
        default -> {}
      }
    } catch (ExpressionFailure | InvalidExpression e) {
      unknown = tools.secrets().mask(String.valueOf(e.getMessage()));
    }
    return new Plan.Step(
        step.key(), step.title(), step.kind(), step.after(), runs, unknown, request, message);
  }

  private Plan.Request request(Action.Http http, Scope scope) {
    List<Plan.Header> headers = new ArrayList<>();
    http.headers()
        .forEach((name, value) -> headers.add(new Plan.Header(name, shown(value, scope))));
    return new Plan.Request(
        http.method(),
        shown(http.url(), scope),
        headers,
        http.body() == null ? null : shown(http.body(), scope));
  }

  private String shown(String template, Scope scope) {
    return tools.expressions().template(template).render(scope).shown();
  }
}
