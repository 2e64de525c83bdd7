package org.nself.incidents.runbook.execution;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.DatabaseFailure;
import org.nself.incidents.api.Json;
import org.nself.incidents.api.Problem;
import org.nself.incidents.api.ProblemCode;
import org.nself.incidents.api.Violation;
import org.nself.incidents.runbook.InputValue;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.RunbookInput;
import org.nself.incidents.runbook.Runbooks;
import org.nself.incidents.timeline.Timeline;

/** Begins executions, for people, for steps of others and by conditions. */
final class Starts {

  private final Runbooks runbooks;
  private final StartStore store;
  private final Timeline timeline;
  private final Evidence evidence;
  private final Values values;
  private final Wakes wakes;
  private final int most;

  /**
   * @param most how many executions an account may have that are not finished
   */
  Starts(
      Runbooks runbooks,
      StartStore store,
      Timeline timeline,
      Evidence evidence,
      Values values,
      Wakes wakes,
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
  record From(
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
   * @throws Problem {@code rate_limited}; {@code not_found}, {@code conflict} where the runbook is
   *     archived, {@code invalid} naming the inputs at fault
   */
  void start(
      AccountDatabase.Transaction transaction,
      UUID id,
      UUID runbookId,
      Map<String, ? extends @Nullable Object> inputs,
      From from) {
    mustHaveRoom(transaction);
    @Nullable Runbook runbook = runbooks.find(transaction, runbookId);
    if (runbook == null) {
      throw Problem.notFound("Runbook");
    }
    if (runbook.archivedAt() != null) {
      throw Problem.conflict("The runbook is archived; it cannot be started any more");
    }
    Json given = values.write(checked(runbook.definition().inputs(), inputs));
    Origin origin =
        new Origin(runbook.id(), runbook.key(), runbook.version(), runbook.definition());
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
    } catch (DatabaseFailure e) {
      if (e.violates("np_runbook_executions_incident_fkey")) {
        throw Problem.notFound("Incident");
      }
      throw e;
    }
    if (from.incident() != null) {
      timeline.append(
          transaction, evidence.started(from.incident(), id, origin, given, from.actor()));
    }
    wakes.begun(transaction, id);
  }

  /**
   * @throws Problem {@code rate_limited}, where so many executions of the account are unfinished
   */
  private void mustHaveRoom(AccountDatabase.Transaction transaction) {
    if (store.unfinished(transaction, most) >= most) {
      throw Problem.of(
          ProblemCode.RATE_LIMITED,
          "The account has %,d executions that are not finished; finish or cancel some first"
              .formatted(most));
    }
  }

  /** The inputs with the defaults. */
  static Map<String, Object> checked(
      List<RunbookInput> declared, Map<String, ? extends @Nullable Object> given) {
    List<Violation> faults = new ArrayList<>();
    Map<String, Object> inputs = new LinkedHashMap<>();
    Map<String, @Nullable Object> left = new LinkedHashMap<>(given);
    for (RunbookInput input : declared) {
      @Nullable Object raw = left.remove(input.name());
      @Nullable Object value = raw == null ? input.defaultValue() : InputValue.of(raw);
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
        faults.add(new Violation("inputs." + input.name(), fault));
      } else if (value != null) {
        inputs.put(input.name(), value);
      }
    }
    left.keySet()
        .forEach(
            name -> faults.add(new Violation("inputs." + name, "is no input of this runbook")));
    if (!faults.isEmpty()) {
      throw Problem.invalid(faults);
    }
    return inputs;
  }
}
