package org.nself.incidents.runbook.execution;

import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.api.Problem;
import org.nself.incidents.outbound.OutboundHttp;

/** What the runs of this process work with, and how executions are changed from outside. */
record Engine(
    AccountDatabase database,
    ExecutionStore store,
    Saving saving,
    Works works,
    OutboundHttp http,
    Wakes wakes) {

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
   * @param change of the work, in the transaction; what it throws undoes all
   * @throws Problem {@code not_found}
   */
  void change(
      String account,
      UUID id,
      Predicate<AccountDatabase.Transaction> wanted,
      BiConsumer<AccountDatabase.Transaction, Work> change) {
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
              change.accept(transaction, work);
              saving.save(transaction, work, true);
              wakes.schedule(transaction, id);
              return work.unwanted;
            });
    // Each in a transaction of its own: an execution is locked before the one that runs it.
    unwanted.forEach(
        child -> cancel(account, child, "runbook", "The step that ran it was skipped"));
  }

  /** Cancels an execution, unless it is finished or being cancelled. */
  void cancel(String account, UUID id, String actor, @Nullable String reason) {
    change(account, id, _ -> true, (_, work) -> cancel(work, actor, reason));
  }

  static void cancel(Work work, String actor, @Nullable String reason) {
    State state = work.state;
    if (!state.status.isFinished() && state.ending != Ending.CANCELLED) {
      state.ending = Ending.CANCELLED;
      state.cancelledBy = actor;
      state.reason = reason;
    }
  }
}
