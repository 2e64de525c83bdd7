package org.nself.incidents.runbook.execution.worker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.DatabaseException;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.definition.RunbookInput;
import org.nself.incidents.runbook.execution.engine.ExecutionEventFactory;
import org.nself.incidents.runbook.execution.engine.JsonValues;
import org.nself.incidents.runbook.execution.engine.RunbookVersionRef;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.FieldError;
import org.nself.incidents.web.input.RawJson;

/** Begins executions, for people, for steps of others and by conditions. */
public final class ExecutionStarter {

  private final RunbookService runbooks;
  private final StartStore store;
  private final TimelineService timeline;
  private final ExecutionEventFactory evidence;
  private final JsonValues values;
  private final ExecutionWakeups wakes;
  private final int most;

  /**
   * @param most how many executions an account may have that are not finished
   */
  public ExecutionStarter(
      RunbookService runbooks,
      StartStore store,
      TimelineService timeline,
      ExecutionEventFactory evidence,
      JsonValues values,
      ExecutionWakeups wakes,
      int most) {
    this.runbooks = runbooks;
    this.store = store;
    this.timeline = timeline;
    this.evidence = evidence;
    this.values = values;
    this.wakes = wakes;
    this.most = most;
  }

  /**
   * Where an execution comes from.
   *
   * @param incident what it is done for; null for none
   * @param parent the execution one of whose steps it is; null for none
   * @param depth how many executions are above it
   * @param requester who started it, or the one above all
   * @param actor who started this one
   */
  record StartContext(
      @Nullable UUID incident,
      @Nullable UUID parent,
      @Nullable String step,
      int depth,
      String requester,
      String actor) {}

  /**
   * Begins an execution in the transaction.
   *
   * @param inputs by name
   * @throws ApiException {@code rate_limited}; {@code not_found}, {@code conflict} where the
   *     runbook is archived, {@code invalid} naming the inputs at fault
   */
  void start(
      TenantDatabase.Transaction transaction,
      UUID id,
      UUID runbookId,
      Map<String, ? extends @Nullable Object> inputs,
      StartContext from) {
    mustHaveRoom(transaction);
    @Nullable Runbook runbook = runbooks.find(transaction, runbookId);
    if (runbook == null) {
      throw ApiException.notFound("Runbook");
    }
    if (runbook.archivedAt() != null) {
      throw ApiException.conflict("The runbook is archived; it cannot be started any more");
    }
    runbook.definition().requireSupported();
    RawJson given = values.write(checked(runbook.definition().inputs(), inputs));
    RunbookVersionRef origin =
        new RunbookVersionRef(runbook.id(), runbook.key(), runbook.version(), runbook.definition());
    try {
      store.insert(
          transaction,
          new StartStore.Start(
              id,
              origin,
              from.incident(),
              from.parent(),
              from.step(),
              from.depth(),
              given,
              from.requester()),
          wakes.now());
    } catch (DatabaseException e) {
      if (e.violates("np_runbook_executions_incident_fkey")) {
        throw ApiException.notFound("Incident");
      }
      throw e;
    }
    if (from.incident() != null) {
      timeline.append(
          transaction, evidence.started(from.incident(), id, origin, given, from.actor()));
    }
    wakes.onCreated(transaction, id);
  }

  /**
   * @throws ApiException {@code rate_limited}, where so many executions of the account are
   *     unfinished
   */
  private void mustHaveRoom(TenantDatabase.Transaction transaction) {
    if (store.unfinished(transaction, most) >= most) {
      throw ApiException.of(
          ErrorCode.RATE_LIMITED,
          "The account has %,d executions that are not finished; finish or cancel some first"
              .formatted(most));
    }
  }

  /** The inputs with the defaults. */
  public static Map<String, Object> checked(
      List<RunbookInput> declared, Map<String, ? extends @Nullable Object> given) {
    List<FieldError> faults = new ArrayList<>();
    Map<String, Object> inputs = new LinkedHashMap<>();
    Map<String, @Nullable Object> left = new LinkedHashMap<>(given);
    for (RunbookInput input : declared) {
      @Nullable Object raw = left.remove(input.name());
      @Nullable Object value = raw == null ? input.defaultValue() : RunbookInput.toScalar(raw);
      @Nullable String fault = null;
      if (raw == null && value == null) {
        fault = input.required() ? "is required" : null;
      } else {
        fault =
            value == null
                ? "must be text, a whole number or true or false"
                : input.type().fault(value, input);
      }
      if (fault != null) {
        faults.add(new FieldError("inputs." + input.name(), fault));
      } else if (value != null) {
        inputs.put(input.name(), value);
      }
    }
    left.keySet()
        .forEach(
            name -> faults.add(new FieldError("inputs." + name, "is no input of this runbook")));
    if (!faults.isEmpty()) {
      throw ApiException.invalid(faults);
    }
    return inputs;
  }
}
