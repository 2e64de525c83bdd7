package org.nself.incidents.runbook.execution;

import java.util.List;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.api.Problem;
import org.nself.incidents.outbound.OutboundHttp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the runs of this process work with, and how executions are changed from outside. */
record Engine(
    AccountDatabase database,
    ExecutionStore store,
    Saving saving,
    Works works,
    OutboundHttp http,
    Wakes wakes) {

  private static final Logger log = LoggerFactory.getLogger(Engine.class);

  /** In a transaction of its own; see {@link Saving#save}. */
  boolean save(Work work) {
    return Saving.isOneStatement(work)
        ? saving.saveAlone(work)
        : database.transaction(
            work.state.head.account(), transaction -> saving.save(transaction, work, false));
  }

  /**
   * Changes an execution for somebody who has not taken it up, and has it gone on with.
   *
   * @param wanted asked first in the transaction; where not, nothing is changed
   * @param change of the work, in the transaction: whether there is any; what it throws undoes all
   * @throws Problem {@code not_found}
   */
  void change(
      String account,
      UUID id,
      Predicate<AccountDatabase.Transaction> wanted,
      BiPredicate<AccountDatabase.Transaction, Work> change) {
    ExecutionStore.@Nullable Ref ref = store.find(account, id);
    if (ref == null) {
      throw Problem.notFound("Execution");
    }
    List<UUID> unwanted =
        database.transaction(
            account,
            transaction -> {
              if (!wanted.test(transaction)) {
                return List.of();
              }
              Work work = works.on(store.lock(transaction, ref));
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
    } catch (Problem unavailable) {
      log.warn("Execution {} could not be told: {}", unwanted, unavailable.getMessage());
      return false;
    }
  }

  /** Cancels an execution, unless it is finished or being cancelled: whether it was not. */
  static boolean cancel(Work work, String actor, @Nullable String reason) {
    State state = work.state;
    if (state.status.isFinished() || state.ending == Ending.CANCELLED) {
      return false;
    }
    state.ending = Ending.CANCELLED;
    state.cancelledBy = actor;
    state.reason = reason;
    return true;
  }
}
