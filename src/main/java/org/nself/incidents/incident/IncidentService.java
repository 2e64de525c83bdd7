package org.nself.incidents.incident;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.timeline.EventKind;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;

/** Opens, finds, lists, changes and merges incidents. */
public final class IncidentService {

  /**
   * Merges of an account run one at a time: two merges in opposite directions would deadlock on the
   * rows, or make a cycle.
   */
  private static final String MERGE_LOCK = "merge";

  private final TenantDatabase database;
  private final IncidentStore store;
  private final IncidentQueries search;
  private final TimelineService timeline;
  private final IdempotencyKeyStore keys;
  private final StrictJson json;

  IncidentService(
      TenantDatabase database,
      IncidentStore store,
      IncidentQueries search,
      TimelineService timeline,
      IdempotencyKeyStore keys,
      StrictJson json) {
    this.database = database;
    this.store = store;
    this.search = search;
    this.timeline = timeline;
    this.keys = keys;
    this.json = json;
  }

  /**
   * What opening came to.
   *
   * @param opened whether there is an incident because of this request, sent now or before; false
   *     where one with the same dedup_key was there already and only counted
   */
  public record Opened(Incident incident, boolean opened) {}

  /**
   * Opens an incident, or counts one that is unfinished and has the same dedup_key.
   *
   * @param idempotencyKey null for none
   */
  public Opened open(Caller caller, OpenIncident command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.WRITE);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    IncidentStore.Opened opened = store.open(caller, command, idempotency);
    if (idempotency != null && opened.priorRequest() != null) {
      idempotency.requireSameRequest(opened.priorRequest());
    }
    Incident incident = requireFound(opened.incident());
    if (opened.opened() && opened.priorRequest() == null) {
      timeline.notifyAppended(caller.account(), incident.id());
    }
    return new Opened(incident, opened.opened());
  }

  /** The incident, or null where the account has none under this key. */
  public @Nullable Incident find(Caller caller, IncidentRef key) {
    caller.requirePermission(Permission.READ);
    return store.find(caller.account(), key);
  }

  /**
   * The incidents of these ids, in one statement; those that the account does not have are left
   * out.
   */
  public Map<UUID, Incident> findAll(Caller caller, List<UUID> ids) {
    caller.requirePermission(Permission.READ);
    return store.findAll(caller.account(), ids);
  }

  /** As {@link #find}, or {@code not_found}. */
  public Incident get(Caller caller, IncidentRef key) {
    return requireFound(find(caller, key));
  }

  public Page<Incident> list(
      Caller caller, IncidentFilter filter, IncidentOrder order, PageRequest page) {
    return list(caller, IncidentColumns.ALL, filter, order, page);
  }

  Page<Incident> list(
      Caller caller,
      IncidentColumns columns,
      IncidentFilter filter,
      IncidentOrder order,
      PageRequest page) {
    caller.requirePermission(Permission.READ);
    return search.page(caller.account(), columns, filter, order, page);
  }

  /** How many match. */
  public int count(Caller caller, IncidentFilter filter) {
    caller.requirePermission(Permission.READ);
    return search.count(caller.account(), filter);
  }

  /**
   * Changes fields and status, and writes an event for each sort of change. What is as asked for
   * already is no change.
   *
   * @throws ApiException {@code not_found}; {@code precondition_failed} where the version is
   *     another than expected; {@code conflict} where the status cannot be reached from where it is
   */
  public Incident change(Caller caller, ChangeIncident command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.WRITE);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(idempotency, IncidentStore.lockName(command.incident())),
        transaction ->
            executeOnce(transaction, idempotency, () -> change(transaction, caller, command)));
  }

  /** As {@link #change(Caller, ChangeIncident, String)}, in the transaction of another feature. */
  public Incident change(
      TenantDatabase.Transaction transaction, Caller caller, ChangeIncident command) {
    caller.requirePermission(Permission.WRITE);
    Incident before =
        lockExpectedVersion(transaction, command.incident(), command.expectedVersion());
    Incident after = applyChange(before, command);
    List<NewEvent> events = IncidentEventFactory.of(caller, before, after, command.reason(), json);
    if (!events.isEmpty()) {
      after = store.update(transaction, after);
      events.forEach(event -> timeline.append(transaction, event));
    }
    return after;
  }

  /**
   * Keeps everybody else from changing an incident until the transaction ends; for one who is to
   * change it after having locked something else.
   */
  public void lock(TenantDatabase.Transaction transaction, UUID id) {
    store.lock(transaction, new IncidentRef.ById(id));
  }

  /**
   * Ends an incident because another one covers it.
   *
   * @throws ApiException {@code not_found}; {@code precondition_failed}; {@code conflict} where the
   *     one is finished or the other is merged itself; {@code invalid} where they are the same
   */
  public Incident merge(Caller caller, MergeIncident command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.WRITE);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(
            idempotency,
            MERGE_LOCK,
            IncidentStore.lockName(command.incident()),
            IncidentStore.lockName(command.into())),
        transaction ->
            executeOnce(
                transaction,
                idempotency,
                () -> {
                  Incident into = requireFound(store.lock(transaction, command.into()));
                  Incident before =
                      lockExpectedVersion(
                          transaction, command.incident(), command.expectedVersion());
                  return applyMerge(transaction, caller, before, into, command.reason());
                }));
  }

  private Incident executeOnce(
      TenantDatabase.Transaction transaction,
      @Nullable IdempotencyRequest idempotency,
      Supplier<Incident> work) {
    return keys.executeOnce(
        transaction,
        idempotency,
        done -> requireFound(store.find(transaction, new IncidentRef.ById(done.subject()))),
        work,
        incident -> IdempotencyKeyStore.RecordedResult.of(incident.id()));
  }

  private Incident applyMerge(
      TenantDatabase.Transaction transaction,
      Caller caller,
      Incident before,
      Incident into,
      @Nullable String reason) {
    if (before.id().equals(into.id())) {
      throw ApiException.invalid("into", "must be another incident than the one that is merged");
    }
    if (before.status() == IncidentStatus.MERGED && into.id().equals(before.mergedInto())) {
      return before;
    }
    if (into.status() == IncidentStatus.MERGED) {
      throw ApiException.conflict(
          "Incident #%d is merged itself; merge into the one that it was merged into"
              .formatted(into.number()));
    }
    requireTransition(before, IncidentStatus.MERGED);
    Incident merged =
        store.update(transaction, before.withStatus(IncidentStatus.MERGED, into.id()));
    timeline.append(
        transaction,
        NewEvent.of(
            before.id(),
            EventKind.STATUS_CHANGED,
            reason,
            json.write(
                IncidentEventFactory.ordered(
                    "from",
                    before.status().value(),
                    "to",
                    IncidentStatus.MERGED.value(),
                    "into",
                    IncidentEventFactory.ordered("id", into.id(), "number", into.number()))),
            caller.actor()));
    timeline.append(
        transaction,
        NewEvent.of(
            into.id(),
            EventKind.MERGED_FROM,
            reason,
            json.write(
                IncidentEventFactory.ordered(
                    "id", before.id(), "number", before.number(), "title", before.title())),
            caller.actor()));
    return merged;
  }

  private Incident lockExpectedVersion(
      TenantDatabase.Transaction transaction, IncidentRef key, @Nullable Integer expectedVersion) {
    Incident incident = requireFound(store.lock(transaction, key));
    if (expectedVersion != null && expectedVersion != incident.version()) {
      throw ApiException.of(
          ErrorCode.PRECONDITION_FAILED,
          "The incident is at version %d, not %d; read it again"
              .formatted(incident.version(), expectedVersion));
    }
    return incident;
  }

  private static Incident applyChange(Incident before, ChangeIncident command) {
    Incident after =
        before.with(
            Objects.requireNonNull(command.title().apply(before.title())),
            command.summary().apply(before.summary()),
            Objects.requireNonNull(command.severity().apply(before.severity())),
            command.owner().apply(before.owner()),
            command.labels().apply(before.labels()),
            Objects.requireNonNullElse(command.services().apply(before.services()), List.of()));
    if (after.labels().size() > InputReader.MAX_LABELS) {
      throw ApiException.invalid("labels", "must be at most " + InputReader.MAX_LABELS + " in all");
    }
    @Nullable IncidentStatus status = command.status();
    if (status == null
        || status == before.status()
        || command.unlessIn().contains(before.status())) {
      return after;
    }
    requireTransition(before, status);
    if (status == IncidentStatus.MERGED) {
      throw ApiException.conflict(
          "An incident becomes merged by merging it into another one: mergeIncident, or POST"
              + " …/merge",
          words(before.status().transitions()));
    }
    if (before.status().reopensOnlyWithReason() && command.reason() == null) {
      throw ApiException.invalid(
          "reason", "is required to reopen an incident that is " + before.status().value());
    }
    return after.withStatus(status, null);
  }

  private static void requireTransition(Incident incident, IncidentStatus status) {
    List<IncidentStatus> reachable = incident.status().transitions();
    if (!reachable.contains(status)) {
      throw ApiException.conflict(
          "An incident that is %s cannot become %s; it can become %s"
              .formatted(
                  incident.status().value(), status.value(), String.join(", ", words(reachable))),
          words(reachable));
    }
  }

  private static List<String> words(List<IncidentStatus> statuses) {
    return statuses.stream().map(IncidentStatus::value).toList();
  }

  private static Incident requireFound(@Nullable Incident incident) {
    if (incident == null) {
      throw ApiException.notFound("Incident");
    }
    return incident;
  }
}
