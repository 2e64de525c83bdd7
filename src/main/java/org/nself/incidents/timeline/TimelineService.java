package org.nself.incidents.timeline;

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
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;

/** The timelines of incidents: appending, correcting, redacting, reading, verifying. */
public final class TimelineService {

  private final TenantDatabase database;
  private final TimelineStore store;
  private final IdempotencyKeyStore keys;
  private final StrictJson json;
  private final TimelineEventPublisher listeners;

  TimelineService(
      TenantDatabase database,
      TimelineStore store,
      IdempotencyKeyStore keys,
      StrictJson json,
      TimelineEventPublisher listeners) {
    this.database = database;
    this.store = store;
    this.keys = keys;
    this.json = json;
    this.listeners = listeners;
  }

  /**
   * Appends what a client asks for.
   *
   * @throws ApiException {@code not_found}, where the account has no such incident
   */
  public TimelineEvent add(
      Caller caller, AddTimelineEvent command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.WRITE);
    NewEvent event =
        new NewEvent(
            command.incidentId(),
            command.kind(),
            command.message(),
            command.data(),
            caller.actor(),
            command.occurredAt(),
            null);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    if (idempotency == null) {
      @Nullable TimelineEvent added = store.add(caller.account(), event);
      if (added == null) {
        throw ApiException.notFound("Incident");
      }
      listeners.publish(caller.account(), event.incidentId());
      return added;
    }
    TimelineStore.@Nullable Added added = store.addOnce(caller.account(), event, idempotency);
    if (added != null && added.priorRequestHash() != null) {
      idempotency.requireSameRequest(added.priorRequestHash());
    } else {
      listeners.publish(caller.account(), event.incidentId());
    }
    if (added == null || added.event() == null) {
      throw ApiException.notFound("Incident");
    }
    return added.event();
  }

  /** Appends what another feature did, in the transaction that does it. */
  public TimelineEvent append(TenantDatabase.Transaction transaction, NewEvent event) {
    transaction.afterCommit(() -> listeners.publish(transaction.account(), event.incidentId()));
    return store.append(transaction, event);
  }

  /**
   * Tells those who watch that another feature appended an event by a statement of its own, once
   * that is committed.
   */
  public void notifyAppended(String account, UUID incident) {
    listeners.publish(account, incident);
  }

  TimelineEvent correct(
      Caller caller, CorrectTimelineEvent command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.WRITE);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(idempotency),
        transaction ->
            executeOnce(
                transaction, idempotency, () -> applyCorrection(transaction, caller, command)));
  }

  private TimelineEvent applyCorrection(
      TenantDatabase.Transaction transaction, Caller caller, CorrectTimelineEvent command) {
    TimelineEvent original = requireFound(transaction, command.incidentId(), command.seq());
    return append(
        transaction,
        new NewEvent(
            command.incidentId(),
            EventKind.CORRECTED.value(),
            command.message(),
            command.data(),
            caller.actor(),
            command.occurredAt() == null ? original.occurredAt() : command.occurredAt(),
            original.seq()));
  }

  TimelineEvent redact(
      Caller caller, RedactTimelineEvent command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.ADMINISTER);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(idempotency),
        transaction ->
            executeOnce(
                transaction, idempotency, () -> applyRedaction(transaction, caller, command)));
  }

  private TimelineEvent applyRedaction(
      TenantDatabase.Transaction transaction, Caller caller, RedactTimelineEvent command) {
    @Nullable TimelineEvent redacted =
        store.redact(transaction, command.incidentId(), command.seq());
    if (redacted == null) {
      return requireFound(transaction, command.incidentId(), command.seq());
    }
    append(
        transaction,
        new NewEvent(
            command.incidentId(),
            EventKind.REDACTED.value(),
            command.reason(),
            null,
            caller.actor(),
            null,
            command.seq()));
    return redacted;
  }

  private TimelineEvent executeOnce(
      TenantDatabase.Transaction transaction,
      @Nullable IdempotencyRequest idempotency,
      Supplier<TimelineEvent> work) {
    return keys.executeOnce(
        transaction,
        idempotency,
        done -> requireFound(transaction, done.subject(), Objects.requireNonNull(done.seq())),
        work,
        event -> new IdempotencyKeyStore.RecordedResult(event.incidentId(), event.seq()));
  }

  private TimelineEvent requireFound(
      TenantDatabase.Transaction transaction, UUID incident, int seq) {
    @Nullable TimelineEvent event = store.find(transaction, incident, seq);
    if (event == null) {
      throw ApiException.notFound("Timeline event");
    }
    return event;
  }

  /**
   * The same part of several timelines, in one statement; an empty page for an incident that is not
   * the caller's.
   *
   * @param bytes of the answer that all of them are for. Pages end early where none are left
   */
  public Map<UUID, Page<TimelineEvent>> pages(
      Caller caller, List<UUID> incidents, TimelinePage page, ResponseSizeBudget bytes) {
    caller.requirePermission(Permission.READ);
    return store.pages(caller.account(), incidents, page, bytes);
  }

  /** How many events each timeline has. */
  public Map<UUID, Integer> counts(Caller caller, List<UUID> incidents) {
    caller.requirePermission(Permission.READ);
    return store.counts(caller.account(), incidents);
  }

  /** Recomputes the hash chains; reads every event. */
  public Map<UUID, TimelineVerification> verify(Caller caller, List<UUID> incidents) {
    caller.requirePermission(Permission.READ);
    return store.verify(caller.account(), incidents);
  }
}
