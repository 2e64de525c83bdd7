package org.nself.incidents.runbook.execution;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.Caller;
import org.nself.incidents.account.IdempotencyKeys;
import org.nself.incidents.account.Permission;
import org.nself.incidents.api.Idempotency;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.Page;
import org.nself.incidents.api.PageRequest;
import org.nself.incidents.api.Problem;

/** Starts executions, shows them, and takes what people say to them. */
public final class Executions {

  private final Engine engine;
  private final Starting starting;
  private final ExecutionSearch search;
  private final StepSearch steps;
  private final Hands hands;
  private final IdempotencyKeys keys;
  private final JsonText json;

  Executions(
      Engine engine,
      Starting starting,
      ExecutionSearch search,
      StepSearch steps,
      IdempotencyKeys keys,
      JsonText json) {
    this.engine = engine;
    this.starting = starting;
    this.search = search;
    this.steps = steps;
    this.hands = new Hands(steps);
    this.keys = keys;
    this.json = json;
  }

  /**
   * Starts a runbook in its latest version. The first step begins at once, and not before this
   * returns.
   *
   * @throws Problem {@code not_found} for the runbook or the incident; {@code conflict} where the
   *     runbook is archived; {@code invalid} naming the inputs at fault; {@code rate_limited}
   */
  public Execution start(Caller caller, StartRunbook command, @Nullable String idempotencyKey) {
    caller.must(Permission.WRITE);
    @Nullable Idempotency idempotency = Idempotency.of(idempotencyKey, command, json);
    UUID id =
        engine
            .database()
            .transaction(
                caller.account(),
                transaction ->
                    keys.once(
                        transaction,
                        idempotency,
                        IdempotencyKeys.Done::subject,
                        () -> starting.start(transaction, command, caller.actor()),
                        IdempotencyKeys.Done::of));
    return get(caller, id);
  }

  /**
   * Does to a step what a person says.
   *
   * @throws Problem {@code not_found}; {@code conflict} where the step is not in a state for this;
   *     {@code forbidden} where it is not for this person
   */
  public Execution command(Caller caller, StepCommand command, @Nullable String idempotencyKey) {
    return change(
        caller,
        command.execution(),
        Idempotency.of(
            idempotencyKey,
            new Said(caller.actor(), command.getClass().getSimpleName(), command),
            json),
        (transaction, work) -> {
          hands.apply(transaction, work, caller, command);
          return true;
        });
  }

  /** Two people who say the same under one key have not said it once: each approval counts. */
  private record Said(String actor, String what, StepCommand command) {}

  /**
   * Stops what has not begun. What is in flight ends by itself and is recorded. Repeating it
   * changes nothing.
   *
   * @throws Problem {@code not_found}; {@code conflict} where the execution ended otherwise
   */
  public Execution cancel(Caller caller, CancelExecution command, @Nullable String idempotencyKey) {
    return change(
        caller,
        command.execution(),
        Idempotency.of(idempotencyKey, command, json),
        (_, work) -> {
          ExecutionStatus status = work.state.status;
          if (status.isFinished() && status != ExecutionStatus.CANCELLED) {
            throw Problem.conflict("The execution is %s already".formatted(status.word()));
          }
          return Engine.cancel(work, caller.actor(), command.reason());
        });
  }

  private Execution change(
      Caller caller,
      UUID id,
      @Nullable Idempotency idempotency,
      BiPredicate<AccountDatabase.Transaction, Work> change) {
    caller.must(Permission.WRITE);
    engine.change(
        caller.account(),
        id,
        transaction -> keys.claim(transaction, idempotency) == null,
        (transaction, work) -> {
          boolean changed = change.test(transaction, work);
          keys.record(transaction, idempotency, IdempotencyKeys.Done.of(id));
          return changed;
        });
    return get(caller, id);
  }

  /**
   * @throws Problem {@code not_found}
   */
  public Execution get(Caller caller, UUID id) {
    @Nullable Execution found = findAll(caller, List.of(id)).get(id);
    if (found == null) {
      throw Problem.notFound("Execution");
    }
    return found;
  }

  /** Those that the account does not have are left out. */
  public Map<UUID, Execution> findAll(Caller caller, List<UUID> ids) {
    caller.must(Permission.READ);
    return search.findAll(caller.account(), ids);
  }

  /** The steps of several executions, with attempts and decisions. */
  public Map<UUID, List<StepRun>> steps(Caller caller, List<UUID> executions) {
    caller.must(Permission.READ);
    return steps.of(caller.account(), executions);
  }

  /** The same part of the lists of several owners, newest first. */
  Map<UUID, Page<Execution>> pages(
      Caller caller, ExecutionFilter kind, List<UUID> owners, PageRequest page) {
    caller.must(Permission.READ);
    return search.pages(caller.account(), kind, owners, page);
  }

  Map<UUID, Integer> counts(Caller caller, ExecutionFilter kind, List<UUID> owners) {
    caller.must(Permission.READ);
    return search.counts(caller.account(), kind, owners);
  }
}
