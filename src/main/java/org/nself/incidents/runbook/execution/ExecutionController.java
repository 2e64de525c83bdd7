package org.nself.incidents.runbook.execution;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.expression.WorkBudget;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.execution.engine.StepCommand;
import org.nself.incidents.runbook.execution.worker.StartRunbook;
import org.nself.incidents.runbook.execution.worker.TaskStore;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.RestHeaders;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.QueryParameters;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Executions in REST. A body may be absent where none of its members is required. The permission is
 * checked before the id and the body are read.
 */
@RestController
@RequestMapping(path = "/api/v1", produces = "application/json")
final class ExecutionController {

  private static final String EXECUTION = "/runbook-executions/{id}";
  private static final String STEP = EXECUTION + "/steps/{key}";

  private final ExecutionService executions;
  private final DryRunService dryRuns;
  private final RunbookService runbooks;
  private final StrictJson json;

  ExecutionController(
      ExecutionService executions,
      DryRunService dryRuns,
      RunbookService runbooks,
      StrictJson json) {
    this.executions = executions;
    this.dryRuns = dryRuns;
    this.runbooks = runbooks;
    this.json = json;
  }

  /** An execution and its steps. */
  record ExecutionDetail(@JsonUnwrapped Execution execution, List<StepView> steps) {}

  /** A page of executions, without their steps. */
  record ExecutionList(List<Execution> executions, @Nullable String nextCursor) {}

  @PostMapping(path = "/runbooks/{id}/executions", consumes = "application/json")
  ResponseEntity<ExecutionDetail> start(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    caller.requirePermission(Permission.WRITE);
    UUID runbook = id("Runbook", id);
    StartRunbook command = read(body, input -> StartRunbook.read(input, runbook, json));
    Execution execution = executions.start(caller, command, RestHeaders.idempotencyKey(request));
    return ResponseEntity.status(HttpStatus.CREATED)
        .header(
            "Location",
            RestHeaders.location(request, "/api/v1/runbook-executions/" + execution.id()))
        .body(detail(caller, budget, execution));
  }

  @GetMapping("/runbooks/{id}/executions")
  ExecutionList ofRunbook(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id) {
    caller.requirePermission(Permission.READ);
    InputReader query = QueryParameters.read(request, Set.of(), Set.of("limit"), Set.of());
    PageRequest page = PageRequest.of(query);
    query.check();
    Runbook runbook = runbooks.get(caller, id("Runbook", id));
    ExecutionFilter filter = new ExecutionFilter.OfRunbook(runbook.id());
    Map<UUID, Page<Execution>> pages =
        executions.pages(caller, filter, List.of(runbook.id()), page, budget);
    Page<Execution> found = Objects.requireNonNull(pages.get(runbook.id()));
    return new ExecutionList(
        found.items(),
        found.hasNext()
            ? ExecutionQueries.cursor(caller.account(), filter, found.items().getLast())
            : null);
  }

  /** A POST, although it only reads: the inputs do not fit into a URL. */
  @PostMapping(path = "/runbooks/{id}/plan", consumes = "application/json")
  DryRun plan(
      Caller caller,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    caller.requirePermission(Permission.READ);
    UUID runbook = id("Runbook", id);
    @Nullable DryRun dryRun =
        dryRuns.plan(
            caller,
            read(body, input -> StartRunbook.read(input, runbook, json)),
            new WorkBudget(),
            budget);
    if (dryRun == null) {
      throw ApiException.notFound("Runbook");
    }
    return dryRun;
  }

  @GetMapping(EXECUTION)
  ExecutionDetail get(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id) {
    caller.requirePermission(Permission.READ);
    QueryParameters.rejectAny(request);
    return detail(caller, budget, executions.get(caller, id("Execution", id)));
  }

  @PostMapping(path = STEP + "/complete", consumes = "application/json")
  ExecutionDetail complete(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @PathVariable String key,
      @RequestBody(required = false) byte @Nullable [] body) {
    return command(
        caller,
        request,
        budget,
        id,
        body,
        (input, execution) -> StepCommand.Complete.read(input, execution, key, json));
  }

  @PostMapping(path = STEP + "/skip", consumes = "application/json")
  ExecutionDetail skip(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @PathVariable String key,
      @RequestBody(required = false) byte @Nullable [] body) {
    return command(
        caller,
        request,
        budget,
        id,
        body,
        (input, execution) -> StepCommand.Skip.read(input, execution, key));
  }

  @PostMapping(path = STEP + "/retry", consumes = "application/json")
  ExecutionDetail retry(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @PathVariable String key,
      @RequestBody(required = false) byte @Nullable [] body) {
    return command(
        caller,
        request,
        budget,
        id,
        body,
        (input, execution) -> StepCommand.Retry.read(input, execution, key));
  }

  @PostMapping(path = STEP + "/decide", consumes = "application/json")
  ExecutionDetail decide(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @PathVariable String key,
      @RequestBody byte[] body) {
    return command(
        caller,
        request,
        budget,
        id,
        body,
        (input, execution) -> StepCommand.Decide.read(input, execution, key));
  }

  private ExecutionDetail command(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      String id,
      byte @Nullable [] body,
      BiFunction<InputReader, UUID, StepCommand> reader) {
    caller.requirePermission(Permission.WRITE);
    UUID execution = id("Execution", id);
    StepCommand command = read(body, input -> reader.apply(input, execution));
    return detail(
        caller, budget, executions.command(caller, command, RestHeaders.idempotencyKey(request)));
  }

  @PostMapping(path = EXECUTION + "/cancel", consumes = "application/json")
  ExecutionDetail cancel(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    caller.requirePermission(Permission.WRITE);
    UUID execution = id("Execution", id);
    CancelExecution command = read(body, input -> CancelExecution.read(input, execution));
    return detail(
        caller, budget, executions.cancel(caller, command, RestHeaders.idempotencyKey(request)));
  }

  @PostMapping(path = EXECUTION + "/retry", consumes = "application/json")
  ExecutionDetail retryExecution(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    caller.requirePermission(Permission.WRITE);
    RetryExecution command = read(body, _ -> new RetryExecution(id("Execution", id)));
    return detail(
        caller, budget, executions.retry(caller, command, RestHeaders.idempotencyKey(request)));
  }

  /** Evaluations of triggers that are set aside. */
  record StuckTriggerEvaluations(List<TaskStore.StuckEvaluation> evaluations) {}

  @GetMapping("/stuck-trigger-evaluations")
  StuckTriggerEvaluations stuckTriggers(Caller caller, HttpServletRequest request) {
    caller.requirePermission(Permission.READ);
    QueryParameters.rejectAny(request);
    return new StuckTriggerEvaluations(executions.stuckTriggerEvaluations(caller));
  }

  @PostMapping(path = "/incidents/{id}/trigger-evaluations/retry", consumes = "application/json")
  StuckTriggerEvaluations retryTriggers(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    caller.requirePermission(Permission.WRITE);
    RetryTriggerEvaluations command =
        read(body, _ -> new RetryTriggerEvaluations(id("Incident", id)));
    return new StuckTriggerEvaluations(
        executions.retryTriggerEvaluations(caller, command, RestHeaders.idempotencyKey(request)));
  }

  private ExecutionDetail detail(Caller caller, ResponseSizeBudget budget, Execution execution) {
    return new ExecutionDetail(
        execution,
        executions
            .steps(caller, List.of(execution.id()), budget)
            .getOrDefault(execution.id(), List.of()));
  }

  private <T> T read(byte @Nullable [] body, Function<InputReader, T> reader) {
    InputReader input =
        new InputReader(
            body == null || body.length == 0 ? Map.of() : json.parseObject(body),
            NamingStyle.SNAKE_CASE);
    T command = reader.apply(input);
    input.check();
    return command;
  }

  private static UUID id(String resource, String id) {
    @Nullable UUID uuid = UuidGenerator.parse(id);
    if (uuid == null) {
      throw ApiException.notFound(resource);
    }
    return uuid;
  }
}
