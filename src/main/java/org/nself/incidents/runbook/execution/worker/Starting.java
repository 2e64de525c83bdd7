package org.nself.incidents.runbook.execution.worker;

import java.util.UUID;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.web.error.ApiException;

/** Starts executions that no other execution runs. */
public final class Starting {

  private final ExecutionStarter starts;
  private final UuidGenerator ids;

  public Starting(ExecutionStarter starts, UuidGenerator ids) {
    this.starts = starts;
    this.ids = ids;
  }

  /**
   * @throws ApiException as {@link ExecutionStarter#start}
   */
  public UUID start(TenantDatabase.Transaction transaction, StartRunbook command, String actor) {
    UUID id = ids.next();
    starts.start(
        transaction,
        id,
        command.runbook(),
        command.inputs(),
        new ExecutionStarter.StartContext(command.incident(), null, null, 0, actor, actor));
    return id;
  }
}
