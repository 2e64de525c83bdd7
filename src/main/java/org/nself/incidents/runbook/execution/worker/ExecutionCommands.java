package org.nself.incidents.runbook.execution.worker;

import java.util.List;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.outbound.OutboundHttp;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.ExecutionTransition;
import org.nself.incidents.runbook.execution.engine.PendingOutcome;
import org.nself.incidents.runbook.execution.engine.TransitionFactory;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the runs of this process work with, and how executions are changed from outside. */
public record ExecutionCommands(
    TenantDatabase database,
    ExecutionStore store,
    ExecutionWriter saving,
    TransitionFactory works,
    OutboundHttp http,
    ExecutionWakeups wakes) {

  private static final Logger log = LoggerFactory.getLogger(ExecutionCommands.class);

  /** In a transaction of its own; see {@link ExecutionWriter#save}. */
  boolean save(ExecutionTransition work) {
    return ExecutionWriter.isOneStatement(work)
        ? saving.saveInOneStatement(work)
        : database.transaction(
            work.state.head.account(), transaction -> saving.save(transaction, work, false));
  }

  /**
   * Changes an execution for somebody who has not taken it up, and has it gone on with.
   *
   * @param wanted asked first in the transaction; where not, nothing is changed
   * @param change of the work, in the transaction: whether there is any; what it throws undoes all
   * @throws ApiException {@code not_found}
   */
  public void change(
      String account,
      UUID id,
      Predicate<TenantDatabase.Transaction> wanted,
      BiPredicate<TenantDatabase.Transaction, ExecutionTransition> change) {
    ExecutionStore.@Nullable Ref ref = store.find(account, id);
    if (ref == null) {
      throw ApiException.notFound("Execution");
    }
    List<UUID> unwanted =
        database.transaction(
            account,
            transaction -> {
              if (!wanted.test(transaction)) {
                return List.of();
              }
              ExecutionTransition work = works.on(store.lock(transaction, ref));
              if (!change.test(transaction, work)) {
                return List.of();
              }
              saving.save(transaction, work, true);
              wakes.schedule(transaction, id);
              return work.unwanted;
            });
    unwanted.forEach(child -> wake(account, child));
  }

  /**
   * Has an execution looked at that is not wanted any more, so that it cancels itself. In a
   * transaction of its own: an execution is locked before the one that runs it. Where this comes to
   * nothing, the execution finds out when it is gone on with next.
   *
   * @return false where the database was away
   */
  boolean wake(String account, UUID unwanted) {
    try {
      return database.transaction(
          account,
          transaction -> {
            wakes.wake(transaction, unwanted);
            return true;
          });
    } catch (ApiException unavailable) {
      log.warn("Execution {} could not be told: {}", unwanted, unavailable.getMessage());
      return false;
    }
  }

  /** Cancels an execution, unless it is finished or being cancelled: whether it was not. */
  public static boolean cancel(ExecutionTransition work, String actor, @Nullable String reason) {
    ExecutionState state = work.state;
    if (state.status.isFinished() || state.ending == PendingOutcome.CANCELLED) {
      return false;
    }
    state.ending = PendingOutcome.CANCELLED;
    state.cancelledBy = actor;
    state.reason = reason;
    return true;
  }
}
