package org.nself.incidents.runbook.execution;

import java.util.UUID;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.api.Ids;
import org.nself.incidents.api.Problem;

/** Starts executions that no other execution runs. */
final class Starting {

  private final Starts starts;
  private final Ids ids;

  Starting(Starts starts, Ids ids) {
    this.starts = starts;
    this.ids = ids;
  }

  /**
   * @throws Problem as {@link Starts#start}
   */
  UUID start(AccountDatabase.Transaction transaction, StartRunbook command, String actor) {
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
