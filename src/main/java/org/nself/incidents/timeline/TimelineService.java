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
import org.nself.incidents.timeline.anchor.AnchorLog;
import org.nself.incidents.timeline.anchor.AnchorSigner;
import org.nself.incidents.timeline.anchor.TimelineAnchor;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.springframework.context.ApplicationEventPublisher;

/** Appends, corrects, redacts, reads and verifies the events of incidents. */
public final class TimelineService {

  private final TenantDatabase database;
  private final TimelineStore store;
  private final IdempotencyKeyStore keys;
  private final StrictJson json;
  private final AnchorSigner anchors;
  private final AnchorLog anchorLog;
  private final ApplicationEventPublisher events;
  private final VerificationLimiter verifications;

  TimelineService(
      TenantDatabase database,
      TimelineStore store,
      IdempotencyKeyStore keys,
      StrictJson json,
      AnchorSigner anchors,
      AnchorLog anchorLog,
      ApplicationEventPublisher events,
      VerificationLimiter verifications) {
    this.verifications = verifications;
    this.database = database;
    this.store = store;
    this.keys = keys;
    this.json = json;
    this.anchors = anchors;
    this.anchorLog = anchorLog;
    this.events = events;
  }

  /**
   * Appends an event for a client.
   *
   * @throws ApiException {@code not_found}, if the account has no such incident
   */
  TimelineEvent add(Caller caller, AddTimelineEvent command, @Nullable String idempotencyKey) {
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
      notifyAppended(caller.account(), event.incidentId());
      return added;
    }
    TimelineStore.@Nullable Added added = store.addOnce(caller.account(), event, idempotency);
    if (added != null && added.priorRequestHash() != null) {
      idempotency.requireSameRequest(added.priorRequestHash());
    }
    if (added == null || added.event() == null) {
      throw ApiException.notFound("Incident");
    }
    if (added.priorRequestHash() == null) {
      notifyAppended(caller.account(), event.incidentId());
    }
    return added.event();
  }

  /**
   * Finds the id of an incident.
   *
   * @throws ApiException {@code not_found}, if the account has no such incident
   */
  UUID incidentId(Caller caller, IncidentRef incident) {
    caller.requirePermission(Permission.READ);
    @Nullable UUID id = store.incidentId(caller.account(), incident);
    if (id == null) {
      throw ApiException.notFound("Incident");
    }
    return id;
  }

  /** Appends an event of another feature, in the transaction that the event describes. */
  public TimelineEvent append(TenantDatabase.Transaction transaction, NewEvent event) {
    transaction.afterCommit(() -> notifyAppended(transaction.account(), event.incidentId()));
    return store.append(transaction, event);
  }

  /**
   * Publishes {@link TimelineEventAppended}; called by features that append events by a statement
   * of their own, after the commit.
   */
  public void notifyAppended(String account, UUID incident) {
    anchorLog.noteChanged(account, incident);
    events.publishEvent(new TimelineEventAppended(account, incident));
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
    @Nullable TimelineEvent redacted = store.redact(transaction, command, caller.actor());
    if (redacted == null) {
      return requireFound(transaction, command.incidentId(), command.seq());
    }
    transaction.afterCommit(() -> notifyAppended(transaction.account(), command.incidentId()));
    return redacted;
  }

  private TimelineEvent executeOnce(
      TenantDatabase.Transaction transaction,
      @Nullable IdempotencyRequest idempotency,
      Supplier<TimelineEvent> work) {
    return keys.executeOnce(
        transaction,
        idempotency,
        recorded ->
            requireFound(transaction, recorded.subject(), Objects.requireNonNull(recorded.seq())),
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
   * Reads the same part of several timelines, in one statement; an empty page for an incident that
   * the account does not have.
   *
   * @param budget of the response that all pages are for; they end early when it is spent
   */
  public Map<UUID, Page<TimelineEvent>> pages(
      Caller caller, List<UUID> incidents, TimelinePage page, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    return store.pages(caller.account(), incidents, page, budget);
  }

  /** Counts the events of each timeline. */
  public Map<UUID, Integer> counts(Caller caller, List<UUID> incidents) {
    caller.requirePermission(Permission.READ);
    return store.counts(caller.account(), incidents);
  }

  /**
   * Recomputes the hash chains; reads every event.
   *
   * @param statement a signed statement about the incident, to compare its timeline with; null for
   *     none
   * @throws ApiException {@code invalid}, if the statement was not signed by this service, or is
   *     about another incident; {@code rate_limited}
   */
  public Map<UUID, TimelineVerification> verify(
      Caller caller, List<UUID> incidents, @Nullable String statement) {
    caller.requirePermission(Permission.READ);
    @Nullable TimelineAnchor anchor =
        statement == null ? null : anchors.verify("anchor", caller.account(), statement);
    if (anchor != null && !incidents.equals(List.of(anchor.incidentId()))) {
      throw ApiException.malformed("anchor", "is a statement about another incident");
    }
    return verifications.run(
        caller.account(), () -> store.verify(caller.account(), incidents, anchor));
  }
}
