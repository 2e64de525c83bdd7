package org.nself.incidents.runbook.execution.worker;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.DatabaseException;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.RunbookInput;
import org.nself.incidents.runbook.execution.engine.ExecutionEventFactory;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.JsonValues;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.FieldErrors;

/** Starts executions: for people, for steps of other executions, and by triggers. */
public final class ExecutionStarter {

  /**
   * The lock that the starts of one account take, so that they count the unfinished executions one
   * after another. A transaction that starts executions takes it before any other lock.
   */
  public static final String LOCK = "runbook executions";

  /**
   * The number of executions below a topmost one, finished ones included. Bounds what one start can
   * cause, whatever the runbooks that it runs are changed to meanwhile.
   */
  static final int MAX_DESCENDANTS = 1_000;

  private final RunbookService runbooks;
  private final ExecutionStore store;
  private final TimelineService timeline;
  private final ExecutionEventFactory events;
  private final JsonValues values;
  private final ExecutionWakeups wakeups;
  private final UuidGenerator ids;
  private final ExecutionMetrics metrics;
  private final int maxExecutions;

  public ExecutionStarter(
      RunbookService runbooks,
      ExecutionStore store,
      TimelineService timeline,
      ExecutionEventFactory events,
      JsonValues values,
      ExecutionWakeups wakeups,
      UuidGenerator ids,
      ExecutionMetrics metrics,
      Settings settings) {
    this.runbooks = runbooks;
    this.store = store;
    this.timeline = timeline;
    this.events = events;
    this.values = values;
    this.wakeups = wakeups;
    this.ids = ids;
    this.metrics = metrics;
    this.maxExecutions = settings.executions().maxExecutions();
  }

  /**
   * Who starts an execution, and for what.
   *
   * @param incident null for none
   * @param parent the execution one of whose steps starts it; null for none
   * @param step the key of that step
   * @param depth the number of executions above it
   * @param requester who started it, or the topmost execution above it
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
   * Starts an execution without a parent, in a transaction that holds {@link #LOCK}.
   *
   * @throws ApiException {@code not_found}, and as the other {@code start}
   */
  public UUID start(TenantDatabase.Transaction transaction, StartRunbook command, String actor) {
    UUID id = ids.next();
    @Nullable Runbook runbook = runbooks.find(transaction, command.runbook());
    if (runbook == null) {
      throw ApiException.notFound("Runbook");
    }
    start(
        transaction,
        capacity(transaction, null),
        id,
        runbook,
        command.inputs(),
        new StartContext(command.incident(), null, null, 0, actor, actor));
    return id;
  }

  /**
   * How many executions a transaction that holds {@link #LOCK} may start. Confined to it.
   *
   * @see #capacity
   */
  final class Capacity {
    private final int ofAccount;
    private final int ofRoot;
    private int used;

    private Capacity(int ofAccount, int ofRoot) {
      this.ofAccount = ofAccount;
      this.ofRoot = ofRoot;
    }

    /**
     * @throws ApiException {@code rate_limited}
     */
    private void require() {
      if (used >= ofAccount) {
        throw ApiException.of(
            ErrorCode.RATE_LIMITED,
            "The account has %,d unfinished executions, the maximum; finish or cancel some first"
                .formatted(maxExecutions));
      }
      if (used >= ofRoot) {
        throw ApiException.of(
            ErrorCode.RATE_LIMITED,
            "The steps of one execution and of those below it may start at most %,d executions"
                .formatted(MAX_DESCENDANTS));
      }
    }
  }

  /**
   * Counts how many executions may be started.
   *
   * @param parent the execution whose steps start them; null for none
   */
  Capacity capacity(TenantDatabase.Transaction transaction, @Nullable UUID parent) {
    return new Capacity(
        maxExecutions - store.countUnfinished(transaction, maxExecutions),
        parent == null
            ? Integer.MAX_VALUE
            : MAX_DESCENDANTS - store.countDescendants(transaction, parent, MAX_DESCENDANTS));
  }

  /**
   * Finds the runbook that a step runs.
   *
   * @throws ApiException {@code not_found}
   */
  Runbook find(TenantDatabase.Transaction transaction, Action.RunRunbook run) {
    @Nullable Runbook runbook = runbooks.find(transaction, run);
    if (runbook == null) {
      throw ApiException.of(
          ErrorCode.NOT_FOUND,
          run.key() == null
              ? "Runbook not found"
              : "No runbook that is not archived has the key '%s'".formatted(run.key()));
    }
    return runbook;
  }

  /**
   * Starts an execution in a transaction that holds {@link #LOCK}.
   *
   * @param inputs by name
   * @throws ApiException as {@link #prepare}
   */
  void start(
      TenantDatabase.Transaction transaction,
      Capacity capacity,
      UUID id,
      Runbook runbook,
      Map<String, ? extends @Nullable Object> inputs,
      StartContext context) {
    ExecutionState state = prepare(transaction, capacity, id, runbook, inputs, context);
    try {
      store.insert(transaction, state);
    } catch (DatabaseException e) {
      if (e.violates("np_runbook_executions_incident_fkey")) {
        throw ApiException.notFound("Incident");
      }
      throw e;
    }
    if (context.incident() != null) {
      timeline.append(transaction, events.started(context.incident(), state, context.actor()));
    }
    wakeups.onCreated(transaction, id);
    transaction.afterCommit(metrics::started);
  }

  /**
   * Checks whether an execution may be started, and writes nothing.
   *
   * @param inputs by name
   * @throws ApiException {@code rate_limited}; {@code conflict} where the runbook is archived or
   *     runs itself, {@code invalid} with an error for each wrong input
   */
  ExecutionState prepare(
      TenantDatabase.Transaction transaction,
      Capacity capacity,
      UUID id,
      Runbook runbook,
      Map<String, ? extends @Nullable Object> inputs,
      StartContext context) {
    capacity.require();
    if (runbook.archivedAt() != null) {
      throw ApiException.conflict("The runbook is archived; it can no longer be started");
    }
    runbook.definition().requireSupported();
    runbooks.requireNoCycle(transaction, runbook);
    ExecutionState state =
        ExecutionState.of(
            new ExecutionState.Header(
                transaction.account(),
                id,
                runbook.id(),
                runbook.key(),
                runbook.version(),
                context.incident(),
                context.parent(),
                context.step(),
                context.depth(),
                values.write(checkInputs(runbook.definition().inputs(), inputs)),
                context.requester(),
                0,
                0),
            runbook.definition());
    capacity.used++;
    return state;
  }

  /**
   * The inputs with their defaults.
   *
   * @throws ApiException {@code invalid} with an error for each wrong input
   */
  public static Map<String, Object> checkInputs(
      List<RunbookInput> declared, Map<String, ? extends @Nullable Object> given) {
    FieldErrors errors = new FieldErrors();
    Map<String, Object> inputs = new LinkedHashMap<>();
    Map<String, @Nullable Object> undeclared = new LinkedHashMap<>(given);
    for (RunbookInput input : declared) {
      @Nullable Object raw = undeclared.remove(input.name());
      if (raw instanceof RunbookInput.Rendered rendered && rendered.value() == null) {
        // A template whose value is null gives nothing.
        raw = null;
      }
      @Nullable Object value = raw == null ? input.defaultValue() : input.accept(raw);
      @Nullable String error;
      if (raw == null && value == null) {
        error = input.required() ? "is required" : null;
      } else {
        error =
            value == null
                ? "must be a string, an integer or a boolean"
                : input.type().describeMismatch(value, input.values());
      }
      if (error != null) {
        errors.add("inputs." + input.name(), error);
      } else if (value != null) {
        inputs.put(input.name(), value);
      }
    }
    undeclared
        .keySet()
        .forEach(
            name ->
                errors.add(
                    "inputs." + ApiException.excerpt(name), "is not an input of this runbook"));
    if (!errors.isEmpty()) {
      throw ApiException.invalid(errors);
    }
    return inputs;
  }
}
