package org.nself.incidents.runbook.execution;

import java.util.UUID;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.api.Ids;
import org.nself.incidents.api.Problem;

/** Starts executions that no other execution runs, as many as an account may have. */
final class Starting {

  private final Starts starts;
  private final Ids ids;
  private final int most;

  /**
   * @param most how many executions an account may have that are not finished
   */
  Starting(Starts starts, Ids ids, int most) {
    this.starts = starts;
    this.ids = ids;
    this.most = most;
  }

  /**
   * @throws Problem as {@link Starts#start}, and {@code rate_limited}
   */
  UUID start(AccountDatabase.Transaction transaction, StartRunbook command, String actor) {
    starts.mustHaveRoom(transaction, most);
    UUID id = ids.next();
    starts.start(
        transaction,
        id,
        command.runbook(),
        command.inputs(),
        new Starts.From(command.incident(), null, null, 0, actor, actor));
    return id;
  }
}
