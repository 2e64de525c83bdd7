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
import org.nself.incidents.web.response.ResponseSizeBudget;

/** Opens, reads, lists, changes and merges incidents, and checks permissions. */
public final class IncidentService {

  /**
   * Merges of an account run one at a time: two merges in opposite directions would deadlock on the
   * rows, or make a cycle.
   */
  private static final String MERGE_LOCK = "merge";

  private final TenantDatabase database;
  private final IncidentStore store;
  private final IncidentQueries queries;
  private final TimelineService timeline;
  private final IdempotencyKeyStore keys;
  private final StrictJson json;

  IncidentService(
      TenantDatabase database,
      IncidentStore store,
      IncidentQueries queries,
      TimelineService timeline,
      IdempotencyKeyStore keys,
      StrictJson json) {
    this.database = database;
    this.store = store;
    this.queries = queries;
    this.timeline = timeline;
    this.keys = keys;
    this.json = json;
  }

  /**
   * Result of {@link #open}.
   *
   * @param opened whether this request, or the one that it repeats, opened the incident; false
   *     where it only raised the occurrences of one with the same dedup_key
   */
  public record Opened(Incident incident, boolean opened) {}

  /**
   * Opens an incident, or raises the occurrences of an unfinished one with the same dedup_key.
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
    if (opened.priorRequest() == null) {
      timeline.notifyAppended(caller.account(), incident.id());
    }
    return new Opened(incident, opened.opened());
  }

  /** Null where the account has no such incident. */
  public @Nullable Incident find(Caller caller, IncidentRef ref) {
    caller.requirePermission(Permission.READ);
    return store.find(caller.account(), ref);
  }

  /**
   * Reads incidents in one statement. Ids that the account does not have are missing in the result.
   *
   * @throws ApiException {@code too_large}
   */
  public Map<UUID, Incident> findAll(Caller caller, List<UUID> ids, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    return store.findAll(caller.account(), ids, budget);
  }

  /**
   * As {@link #find}.
   *
   * @throws ApiException {@code not_found}
   */
  public Incident get(Caller caller, IncidentRef ref) {
    return requireFound(find(caller, ref));
  }

  /** Lists incidents, a page at a time, which ends early where the response has no room. */
  public Page<Incident> list(
      Caller caller,
      IncidentFilter filter,
      IncidentOrder order,
      PageRequest page,
      ResponseSizeBudget budget) {
    return list(caller, IncidentColumns.ALL, filter, order, page, budget);
  }

  Page<Incident> list(
      Caller caller,
      IncidentColumns columns,
      IncidentFilter filter,
      IncidentOrder order,
      PageRequest page,
      ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    return queries.page(caller.account(), columns, filter, order, page, budget);
  }

  /** The approximate bytes of an incident in a response. */
  public static long weight(Incident incident) {
    return IncidentStore.weight(incident);
  }

  /** The number of incidents that match. */
  public int count(Caller caller, IncidentFilter filter) {
    caller.requirePermission(Permission.READ);
    return queries.count(caller.account(), filter);
  }

  /**
   * Changes fields and status, and appends an event for each kind of change. A field that already
   * has the requested value is not changed.
   *
   * @throws ApiException {@code not_found}; {@code precondition_failed} where the version is not
   *     the expected one; {@code conflict} where the transition is not allowed
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

  /** As {@link #change(Caller, ChangeIncident, String)}, in an open transaction. */
  public Incident change(
      TenantDatabase.Transaction transaction, Caller caller, ChangeIncident command) {
    caller.requirePermission(Permission.WRITE);
    Incident before =
        lockExpectedVersion(transaction, command.incident(), command.expectedVersion());
    Incident after = applyChange(before, command);
    List<NewEvent> events = IncidentEventFactory.of(caller, before, after, command.reason(), json);
    if (!events.isEmpty()) {
      after = update(transaction, after, events);
    }
    return after;
  }

  /**
   * The name of the lock for a {@link TenantDatabase#transaction} that locks the incident's row.
   */
  public static String lockName(IncidentRef ref) {
    return IncidentStore.lockName(ref);
  }

  /**
   * Reads an incident and locks its row until the transaction ends.
   *
   * @throws ApiException {@code not_found}
   */
  public Incident lock(TenantDatabase.Transaction transaction, IncidentRef ref) {
    return requireFound(store.lock(transaction, ref));
  }

  /**
   * Locks an incident's row until the transaction ends. For transactions that change it after they
   * have locked other rows.
   */
  public void lock(TenantDatabase.Transaction transaction, UUID id) {
    store.lock(transaction, new IncidentRef.ById(id));
  }

  /**
   * Merges an incident into another one, which covers it from then on.
   *
   * @throws ApiException {@code not_found}; {@code precondition_failed}; {@code conflict} where the
   *     incident is finished or the target is itself merged; {@code invalid} where both are the
   *     same
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
      Supplier<Incident> action) {
    return keys.executeOnce(
        transaction,
        idempotency,
        recorded -> requireFound(store.find(transaction, new IncidentRef.ById(recorded.subject()))),
        action,
        incident -> IdempotencyKeyStore.RecordedResult.of(incident.id()));
  }

  private Incident applyMerge(
      TenantDatabase.Transaction transaction,
      Caller caller,
      Incident before,
      Incident into,
      @Nullable String reason) {
    if (before.id().equals(into.id())) {
      throw ApiException.invalid("into", "must be a different incident");
    }
    if (before.status() == IncidentStatus.MERGED && into.id().equals(before.mergedInto())) {
      return before;
    }
    if (into.status() == IncidentStatus.MERGED) {
      throw ApiException.conflict(
          "Incident #%d is itself merged; merge into the incident it was merged into"
              .formatted(into.number()));
    }
    requireTransition(before, IncidentStatus.MERGED);
    Incident merged =
        update(
            transaction,
            before.withStatus(IncidentStatus.MERGED, into.id()),
            List.of(
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
                            IncidentEventFactory.ordered(
                                "id", into.id(), "number", into.number()))),
                    caller.actor())));
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

  private Incident update(
      TenantDatabase.Transaction transaction, Incident incident, List<NewEvent> events) {
    Incident updated = store.update(transaction, incident, events);
    transaction.afterCommit(() -> timeline.notifyAppended(transaction.account(), incident.id()));
    return updated;
  }

  private Incident lockExpectedVersion(
      TenantDatabase.Transaction transaction, IncidentRef ref, @Nullable Integer expectedVersion) {
    Incident incident = requireFound(store.lock(transaction, ref));
    if (expectedVersion != null && expectedVersion != incident.version()) {
      throw ApiException.of(
          ErrorCode.PRECONDITION_FAILED,
          "The incident has version %d, not %d; read it again and retry"
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
      throw ApiException.invalid(
          "labels", "must have at most " + InputReader.MAX_LABELS + " members after the change");
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
          "Status merged is only set by merging into another incident: mergeIncident, or POST"
              + " …/merge",
          values(before.status().transitions()));
    }
    if (before.status().requiresReasonToReopen() && command.reason() == null) {
      throw ApiException.invalid(
          "reason", "is required to reopen an incident with status " + before.status().value());
    }
    return after.withStatus(status, null);
  }

  private static void requireTransition(Incident incident, IncidentStatus status) {
    List<IncidentStatus> allowed = incident.status().transitions();
    if (!allowed.contains(status)) {
      throw ApiException.conflict(
          "Transition from %s to %s is not allowed; allowed: %s"
              .formatted(
                  incident.status().value(), status.value(), String.join(", ", values(allowed))),
          values(allowed));
    }
  }

  private static List<String> values(List<IncidentStatus> statuses) {
    return statuses.stream().map(IncidentStatus::value).toList();
  }

  private static Incident requireFound(@Nullable Incident incident) {
    if (incident == null) {
      throw ApiException.notFound("Incident");
    }
    return incident;
  }
}
