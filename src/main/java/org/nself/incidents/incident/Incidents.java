package org.nself.incidents.incident;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.Caller;
import org.nself.incidents.account.IdempotencyKeys;
import org.nself.incidents.account.Permission;
import org.nself.incidents.api.Idempotency;
import org.nself.incidents.api.Input;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.Page;
import org.nself.incidents.api.PageRequest;
import org.nself.incidents.api.Problem;
import org.nself.incidents.api.ProblemCode;
import org.nself.incidents.timeline.EventKind;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.timeline.Timeline;

/** Opens, finds, lists, changes and merges incidents. */
public final class Incidents {

  private final AccountDatabase database;
  private final IncidentStore store;
  private final IncidentSearch search;
  private final Timeline timeline;
  private final IdempotencyKeys keys;
  private final JsonText json;

  Incidents(
      AccountDatabase database,
      IncidentStore store,
      IncidentSearch search,
      Timeline timeline,
      IdempotencyKeys keys,
      JsonText json) {
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
    caller.must(Permission.WRITE);
    @Nullable Idempotency idempotency = Idempotency.of(idempotencyKey, command, json);
    IncidentStore.Opened opened = store.open(caller, command, idempotency);
    if (idempotency != null && opened.priorRequest() != null) {
      idempotency.mustMatch(opened.priorRequest());
    }
    Incident incident = found(opened.incident());
    if (opened.opened() && opened.priorRequest() == null) {
      timeline.appended(caller.account(), incident.id());
    }
    return new Opened(incident, opened.opened());
  }

  /** The incident, or null where the account has none under this key. */
  public @Nullable Incident find(Caller caller, IncidentKey key) {
    caller.must(Permission.READ);
    return store.find(caller.account(), key);
  }

  /**
   * The incidents of these ids, in one statement; those that the account does not have are left
   * out.
   */
  public Map<UUID, Incident> findAll(Caller caller, List<UUID> ids) {
    caller.must(Permission.READ);
    return store.findAll(caller.account(), ids);
  }

  /** As {@link #find}, or {@code not_found}. */
  public Incident get(Caller caller, IncidentKey key) {
    return found(find(caller, key));
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
    caller.must(Permission.READ);
    return search.page(caller.account(), columns, filter, order, page);
  }

  /** How many match. */
  public int count(Caller caller, IncidentFilter filter) {
    caller.must(Permission.READ);
    return search.count(caller.account(), filter);
  }

  /**
   * Changes fields and status, and writes an event for each sort of change. What is as asked for
   * already is no change.
   *
   * @throws Problem {@code not_found}; {@code precondition_failed} where the version is another
   *     than expected; {@code conflict} where the status cannot be reached from where it is
   */
  public Incident change(Caller caller, ChangeIncident command, @Nullable String idempotencyKey) {
    caller.must(Permission.WRITE);
    @Nullable Idempotency idempotency = Idempotency.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        transaction -> once(transaction, idempotency, () -> change(transaction, caller, command)));
  }

  /** As {@link #change(Caller, ChangeIncident, String)}, in the transaction of another feature. */
  public Incident change(
      AccountDatabase.Transaction transaction, Caller caller, ChangeIncident command) {
    caller.must(Permission.WRITE);
    Incident before = locked(transaction, command.incident(), command.expectedVersion());
    Incident after = changed(before, command);
    List<NewEvent> events = ChangeEvents.of(caller, before, after, command.reason(), json);
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
  public void lock(AccountDatabase.Transaction transaction, UUID id) {
    store.lock(transaction, new IncidentKey.ById(id));
  }

  /**
   * Ends an incident because another one covers it.
   *
   * @throws Problem {@code not_found}; {@code precondition_failed}; {@code conflict} where the one
   *     is finished or the other is merged itself; {@code invalid} where they are the same
   */
  public Incident merge(Caller caller, MergeIncident command, @Nullable String idempotencyKey) {
    caller.must(Permission.WRITE);
    @Nullable Idempotency idempotency = Idempotency.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        transaction ->
            once(
                transaction,
                idempotency,
                () -> {
                  // Merges of an account take turns: two that cross would lock each other's
                  // incidents, and could make a circle.
                  transaction.lock("merge");
                  Incident into = found(store.lock(transaction, command.into()));
                  Incident before =
                      locked(transaction, command.incident(), command.expectedVersion());
                  return merged(transaction, caller, before, into, command.reason());
                }));
  }

  private Incident once(
      AccountDatabase.Transaction transaction,
      @Nullable Idempotency idempotency,
      Supplier<Incident> work) {
    return keys.once(
        transaction,
        idempotency,
        done -> found(store.lock(transaction, new IncidentKey.ById(done.subject()))),
        work,
        incident -> IdempotencyKeys.Done.of(incident.id()));
  }

  private Incident merged(
      AccountDatabase.Transaction transaction,
      Caller caller,
      Incident before,
      Incident into,
      @Nullable String reason) {
    if (before.id().equals(into.id())) {
      throw Problem.invalid("into", "must be another incident than the one that is merged");
    }
    if (before.status() == IncidentStatus.MERGED && into.id().equals(before.mergedInto())) {
      return before;
    }
    if (into.status() == IncidentStatus.MERGED) {
      throw Problem.conflict(
          "Incident #%d is merged itself; merge into the one that it was merged into"
              .formatted(into.number()));
    }
    mustReach(before, IncidentStatus.MERGED);
    Incident merged =
        store.update(transaction, before.withStatus(IncidentStatus.MERGED, into.id()));
    timeline.append(
        transaction,
        NewEvent.of(
            before.id(),
            EventKind.STATUS_CHANGED,
            reason,
            json.write(
                ChangeEvents.ordered(
                    "from",
                    before.status().word(),
                    "to",
                    IncidentStatus.MERGED.word(),
                    "into",
                    ChangeEvents.ordered("id", into.id(), "number", into.number()))),
            caller.actor()));
    timeline.append(
        transaction,
        NewEvent.of(
            into.id(),
            EventKind.MERGED_FROM,
            reason,
            json.write(
                ChangeEvents.ordered(
                    "id", before.id(), "number", before.number(), "title", before.title())),
            caller.actor()));
    return merged;
  }

  private Incident locked(
      AccountDatabase.Transaction transaction, IncidentKey key, @Nullable Integer expectedVersion) {
    Incident incident = found(store.lock(transaction, key));
    if (expectedVersion != null && expectedVersion != incident.version()) {
      throw Problem.of(
          ProblemCode.PRECONDITION_FAILED,
          "The incident is at version %d, not %d; read it again"
              .formatted(incident.version(), expectedVersion));
    }
    return incident;
  }

  private static Incident changed(Incident before, ChangeIncident command) {
    Incident after =
        before.with(
            Objects.requireNonNull(command.title().appliedTo(before.title())),
            command.summary().appliedTo(before.summary()),
            Objects.requireNonNull(command.severity().appliedTo(before.severity())),
            command.owner().appliedTo(before.owner()),
            command.labels().appliedTo(before.labels()),
            Objects.requireNonNullElse(command.services().appliedTo(before.services()), List.of()));
    if (after.labels().size() > Input.MAX_LABELS) {
      throw Problem.invalid("labels", "must be at most " + Input.MAX_LABELS + " in all");
    }
    @Nullable IncidentStatus status = command.status();
    if (status == null || status == before.status()) {
      return after;
    }
    mustReach(before, status);
    if (status == IncidentStatus.MERGED) {
      throw Problem.conflict(
          "An incident becomes merged by merging it into another one: mergeIncident, or POST"
              + " …/merge",
          words(before.status().transitions()));
    }
    if (before.status().reopensOnlyWithReason() && command.reason() == null) {
      throw Problem.invalid(
          "reason", "is required to reopen an incident that is " + before.status().word());
    }
    return after.withStatus(status, null);
  }

  private static void mustReach(Incident incident, IncidentStatus status) {
    List<IncidentStatus> reachable = incident.status().transitions();
    if (!reachable.contains(status)) {
      throw Problem.conflict(
          "An incident that is %s cannot become %s; it can become %s"
              .formatted(
                  incident.status().word(), status.word(), String.join(", ", words(reachable))),
          words(reachable));
    }
  }

  private static List<String> words(List<IncidentStatus> statuses) {
    return statuses.stream().map(IncidentStatus::word).toList();
  }

  private static Incident found(@Nullable Incident incident) {
    if (incident == null) {
      throw Problem.notFound("Incident");
    }
    return incident;
  }
}
