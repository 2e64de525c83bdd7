package org.nself.incidents.runbook.execution;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.runbook.execution.engine.Decision;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.ExecutionTransition;
import org.nself.incidents.runbook.execution.engine.StepCommand;
import org.nself.incidents.runbook.execution.engine.StepCommandHandler;
import org.nself.incidents.runbook.execution.worker.ExecutionStarter;
import org.nself.incidents.runbook.execution.worker.ExecutionWriter;
import org.nself.incidents.runbook.execution.worker.StartRunbook;
import org.nself.incidents.runbook.execution.worker.TaskStore;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.nself.incidents.web.response.ResponseSizeBudget;

/** Starts, reads and cancels executions, and applies commands to their steps. */
public final class ExecutionService {

  private static final int MAX_STUCK = 200;

  private final TenantDatabase database;
  private final ExecutionStarter starter;
  private final ExecutionWriter writer;
  private final ExecutionQueries executions;
  private final IdempotencyKeyStore keys;
  private final TaskStore tasks;
  private final IncidentService incidents;
  private final StrictJson json;

  ExecutionService(
      TenantDatabase database,
      ExecutionStarter starter,
      ExecutionWriter writer,
      ExecutionQueries executions,
      IdempotencyKeyStore keys,
      TaskStore tasks,
      IncidentService incidents,
      StrictJson json) {
    this.database = database;
    this.starter = starter;
    this.writer = writer;
    this.executions = executions;
    this.keys = keys;
    this.tasks = tasks;
    this.incidents = incidents;
    this.json = json;
  }

  /**
   * Starts the latest version of a runbook. It returns once the execution is committed; the first
   * steps start right after that.
   *
   * @throws ApiException {@code not_found} for the runbook or the incident; {@code conflict} where
   *     the runbook is archived; {@code invalid} with an error for each wrong input; {@code
   *     rate_limited}
   */
  public Execution start(Caller caller, StartRunbook command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.WRITE);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    UUID id =
        database.transaction(
            caller.account(),
            IdempotencyKeyStore.locks(idempotency, ExecutionStarter.LOCK),
            transaction ->
                keys.executeOnce(
                    transaction,
                    idempotency,
                    IdempotencyKeyStore.RecordedResult::subject,
                    () -> starter.start(transaction, command, caller.actor()),
                    IdempotencyKeyStore.RecordedResult::of));
    return get(caller, id);
  }

  /**
   * Applies a person's command to a step.
   *
   * @throws ApiException {@code not_found}; {@code conflict} where the step's status does not allow
   *     it; {@code forbidden} where the caller is not allowed to decide
   */
  public Execution command(Caller caller, StepCommand command, @Nullable String idempotencyKey) {
    return change(
        caller,
        command.execution(),
        IdempotencyRequest.of(
            idempotencyKey,
            new CommandFingerprint(caller.actor(), command.getClass().getSimpleName(), command),
            json),
        (transaction, transition) -> {
          List<Decision> decisions =
              command instanceof StepCommand.Decide
                  ? executions.decisions(transaction, command.execution(), command.step())
                  : List.of();
          boolean unanswered =
              command instanceof StepCommand.Retry
                  && executions.isUnanswered(transaction, command.execution(), command.step());
          new StepCommandHandler(transition, caller).apply(command, decisions, unanswered);
          return true;
        });
  }

  /** Includes the actor: two people under one key are two requests, since each approval counts. */
  private record CommandFingerprint(String actor, String what, StepCommand command) {}

  /**
   * Cancels an execution: no further step starts; requests in flight are aborted and recorded with
   * an unknown outcome. Cancelling it again changes nothing.
   *
   * @throws ApiException {@code not_found}; {@code conflict} where the execution has succeeded or
   *     failed
   */
  public Execution cancel(Caller caller, CancelExecution command, @Nullable String idempotencyKey) {
    return change(
        caller,
        command.execution(),
        IdempotencyRequest.of(idempotencyKey, command, json),
        (_, transition) -> {
          ExecutionStatus status = transition.state.status;
          if (status.isFinished() && status != ExecutionStatus.CANCELLED) {
            throw ApiException.conflict(
                "The execution %s; it can no longer be cancelled".formatted(status.asPredicate()));
          }
          return transition.cancel(caller.actor(), command.reason());
        });
  }

  /**
   * Tries an execution again that was set aside. One more death of its process sets it aside again.
   * Does nothing where it is not set aside.
   *
   * @throws ApiException {@code not_found}
   */
  public Execution retry(Caller caller, RetryExecution command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.WRITE);
    Execution before = get(caller, command.execution());
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    UUID id =
        database.transaction(
            caller.account(),
            IdempotencyKeyStore.locks(idempotency, "execution " + before.id()),
            transaction ->
                keys.executeOnce(
                    transaction,
                    idempotency,
                    IdempotencyKeyStore.RecordedResult::subject,
                    () -> {
                      tasks.bringBack(transaction, before.id());
                      return before.id();
                    },
                    IdempotencyKeyStore.RecordedResult::of));
    return get(caller, id);
  }

  /** The evaluations of triggers that are set aside, oldest first: up to 200. */
  public List<TaskStore.StuckEvaluation> stuckTriggerEvaluations(Caller caller) {
    caller.requirePermission(Permission.READ);
    return tasks.stuckEvaluations(caller.account(), MAX_STUCK);
  }

  /**
   * Tries the evaluations of triggers for an incident again that were set aside; does nothing where
   * none is.
   *
   * @return those that are still set aside, of all incidents
   * @throws ApiException {@code not_found}
   */
  public List<TaskStore.StuckEvaluation> retryTriggerEvaluations(
      Caller caller, RetryTriggerEvaluations command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.WRITE);
    if (incidents.find(caller, new IncidentRef.ById(command.incident())) == null) {
      throw ApiException.notFound("Incident");
    }
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(idempotency, "triggers of incident " + command.incident()),
        transaction ->
            keys.executeOnce(
                transaction,
                idempotency,
                IdempotencyKeyStore.RecordedResult::subject,
                () -> {
                  tasks.bringBackEvaluations(transaction, command.incident());
                  return command.incident();
                },
                IdempotencyKeyStore.RecordedResult::of));
    return stuckTriggerEvaluations(caller);
  }

  private Execution change(
      Caller caller,
      UUID id,
      @Nullable IdempotencyRequest idempotency,
      BiPredicate<TenantDatabase.Transaction, ExecutionTransition> change) {
    caller.requirePermission(Permission.WRITE);
    writer.change(
        caller.account(),
        id,
        IdempotencyKeyStore.locks(idempotency, "execution " + id),
        transaction -> keys.claim(transaction, idempotency) == null,
        (transaction, transition) -> {
          boolean changed = change.test(transaction, transition);
          keys.record(transaction, idempotency, IdempotencyKeyStore.RecordedResult.of(id));
          return changed;
        });
    return get(caller, id);
  }

  /**
   * @throws ApiException {@code not_found}
   */
  public Execution get(Caller caller, UUID id) {
    caller.requirePermission(Permission.READ);
    @Nullable Execution found = executions.find(caller.account(), id);
    if (found == null) {
      throw ApiException.notFound("Execution");
    }
    return found;
  }

  /** By id; those that the account does not have are missing. */
  public Map<UUID, Execution> findAll(Caller caller, List<UUID> ids, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    return executions.findAll(caller.account(), ids, budget);
  }

  /** The steps of several executions, with attempts and decisions. */
  public Map<UUID, List<StepView>> steps(
      Caller caller, List<UUID> executionIds, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    return executions.steps(caller.account(), executionIds, budget);
  }

  /** The same page of the lists of several owners, newest first. */
  Map<UUID, Page<Execution>> pages(
      Caller caller,
      ExecutionFilter filter,
      List<UUID> owners,
      PageRequest page,
      ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    return executions.pages(caller.account(), filter, owners, page, budget);
  }

  Map<UUID, Integer> counts(Caller caller, ExecutionFilter filter, List<UUID> owners) {
    caller.requirePermission(Permission.READ);
    return executions.counts(caller.account(), filter, owners);
  }
}
