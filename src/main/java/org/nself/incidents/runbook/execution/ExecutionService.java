package org.nself.incidents.runbook.execution;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.ExecutionTransition;
import org.nself.incidents.runbook.execution.engine.StepCommand;
import org.nself.incidents.runbook.execution.engine.StepCommandHandler;
import org.nself.incidents.runbook.execution.worker.ExecutionCommands;
import org.nself.incidents.runbook.execution.worker.StartRunbook;
import org.nself.incidents.runbook.execution.worker.Starting;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;

/** Starts executions, shows them, and takes what people say to them. */
public final class ExecutionService {

  private final ExecutionCommands engine;
  private final Starting starting;
  private final ExecutionQueries search;
  private final StepQueries steps;
  private final StepCommandHandler hands;
  private final IdempotencyKeyStore keys;
  private final StrictJson json;

  ExecutionService(
      ExecutionCommands engine,
      Starting starting,
      ExecutionQueries search,
      StepQueries steps,
      IdempotencyKeyStore keys,
      StrictJson json) {
    this.engine = engine;
    this.starting = starting;
    this.search = search;
    this.steps = steps;
    this.hands = new StepCommandHandler(steps);
    this.keys = keys;
    this.json = json;
  }

  /**
   * Starts a runbook in its latest version. The first step begins at once, and not before this
   * returns.
   *
   * @throws ApiException {@code not_found} for the runbook or the incident; {@code conflict} where
   *     the runbook is archived; {@code invalid} naming the inputs at fault; {@code rate_limited}
   */
  public Execution start(Caller caller, StartRunbook command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.WRITE);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    UUID id =
        engine
            .database()
            .transaction(
                caller.account(),
                transaction ->
                    keys.executeOnce(
                        transaction,
                        idempotency,
                        IdempotencyKeyStore.RecordedResult::subject,
                        () -> starting.start(transaction, command, caller.actor()),
                        IdempotencyKeyStore.RecordedResult::of));
    return get(caller, id);
  }

  /**
   * Does to a step what a person says.
   *
   * @throws ApiException {@code not_found}; {@code conflict} where the step is not in a state for
   *     this; {@code forbidden} where it is not for this person
   */
  public Execution command(Caller caller, StepCommand command, @Nullable String idempotencyKey) {
    return change(
        caller,
        command.execution(),
        IdempotencyRequest.of(
            idempotencyKey,
            new CommandFingerprint(caller.actor(), command.getClass().getSimpleName(), command),
            json),
        (transaction, work) -> {
          hands.apply(transaction, work, caller, command);
          return true;
        });
  }

  /** Two people who say the same under one key have not said it once: each approval counts. */
  private record CommandFingerprint(String actor, String what, StepCommand command) {}

  /**
   * Stops what has not begun. What is in flight ends by itself and is recorded. Repeating it
   * changes nothing.
   *
   * @throws ApiException {@code not_found}; {@code conflict} where the execution ended otherwise
   */
  public Execution cancel(Caller caller, CancelExecution command, @Nullable String idempotencyKey) {
    return change(
        caller,
        command.execution(),
        IdempotencyRequest.of(idempotencyKey, command, json),
        (_, work) -> {
          ExecutionStatus status = work.state.status;
          if (status.isFinished() && status != ExecutionStatus.CANCELLED) {
            throw ApiException.conflict("The execution is %s already".formatted(status.word()));
          }
          return ExecutionCommands.cancel(work, caller.actor(), command.reason());
        });
  }

  private Execution change(
      Caller caller,
      UUID id,
      @Nullable IdempotencyRequest idempotency,
      BiPredicate<TenantDatabase.Transaction, ExecutionTransition> change) {
    caller.requirePermission(Permission.WRITE);
    engine.change(
        caller.account(),
        id,
        transaction -> keys.claim(transaction, idempotency) == null,
        (transaction, work) -> {
          boolean changed = change.test(transaction, work);
          keys.record(transaction, idempotency, IdempotencyKeyStore.RecordedResult.of(id));
          return changed;
        });
    return get(caller, id);
  }

  /**
   * @throws ApiException {@code not_found}
   */
  public Execution get(Caller caller, UUID id) {
    @Nullable Execution found = findAll(caller, List.of(id)).get(id);
    if (found == null) {
      throw ApiException.notFound("Execution");
    }
    return found;
  }

  /** Those that the account does not have are left out. */
  public Map<UUID, Execution> findAll(Caller caller, List<UUID> ids) {
    caller.requirePermission(Permission.READ);
    return search.findAll(caller.account(), ids);
  }

  /** The steps of several executions, with attempts and decisions. */
  public Map<UUID, List<StepView>> steps(Caller caller, List<UUID> executions) {
    caller.requirePermission(Permission.READ);
    return steps.of(caller.account(), executions);
  }

  /** The same part of the lists of several owners, newest first. */
  Map<UUID, Page<Execution>> pages(
      Caller caller, ExecutionFilter kind, List<UUID> owners, PageRequest page) {
    caller.requirePermission(Permission.READ);
    return search.pages(caller.account(), kind, owners, page);
  }

  Map<UUID, Integer> counts(Caller caller, ExecutionFilter kind, List<UUID> owners) {
    caller.requirePermission(Permission.READ);
    return search.counts(caller.account(), kind, owners);
  }
}
