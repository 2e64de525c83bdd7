package org.nself.incidents.incident.milestone;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.timeline.EventKind;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.input.Timestamps;

/** Reads and sets the milestones of incidents, and checks permissions. */
public final class MilestoneService {

  private final TenantDatabase database;
  private final MilestoneStore store;
  private final IncidentService incidents;
  private final TimelineService timeline;
  private final IdempotencyKeyStore keys;
  private final StrictJson json;

  MilestoneService(
      TenantDatabase database,
      MilestoneStore store,
      IncidentService incidents,
      TimelineService timeline,
      IdempotencyKeyStore keys,
      StrictJson json) {
    this.database = database;
    this.store = store;
    this.incidents = incidents;
    this.timeline = timeline;
    this.keys = keys;
    this.json = json;
  }

  /** Reads the milestones of several incidents, in one statement. */
  public Map<UUID, Milestones> findAll(Caller caller, List<UUID> incidents) {
    caller.requirePermission(Permission.READ);
    return store.findAll(caller.account(), incidents);
  }

  /** The milestones of an incident; none where the account has no such incident. */
  public Milestones find(Caller caller, UUID incident) {
    return findAll(caller, List.of(incident)).getOrDefault(incident, Milestones.NONE);
  }

  /**
   * Sets a milestone and appends an event to the timeline. Setting it to the same time again
   * changes nothing.
   *
   * @return the incident, which does not change itself
   * @throws ApiException {@code not_found}; {@code invalid} for {@code declared}; {@code conflict}
   *     where the milestone is {@code resolved} and the incident is not, or where another milestone
   *     rules out the time
   */
  public Incident set(Caller caller, SetMilestone command, @Nullable String idempotencyKey) {
    caller.requirePermission(Permission.WRITE);
    @Nullable IdempotencyRequest idempotency = IdempotencyRequest.of(idempotencyKey, command, json);
    return database.transaction(
        caller.account(),
        IdempotencyKeyStore.locks(idempotency, IncidentService.lockName(command.incident())),
        transaction ->
            keys.executeOnce(
                transaction,
                idempotency,
                recorded -> incidents.lock(transaction, new IncidentRef.ById(recorded.subject())),
                () -> set(transaction, caller, command),
                incident -> IdempotencyKeyStore.RecordedResult.of(incident.id())));
  }

  private Incident set(
      TenantDatabase.Transaction transaction, Caller caller, SetMilestone command) {
    Incident incident = incidents.lock(transaction, command.incident());
    Milestones milestones = store.find(transaction, incident.id());
    requireAllowed(command, milestones);
    @Nullable Milestone before = milestones.get(command.kind());
    if (before != null
        && before.occurredAt().equals(command.occurredAt())
        && before.source() == MilestoneSource.PERSON) {
      return incident;
    }
    set(
        transaction,
        incident.id(),
        command.kind(),
        before,
        command.occurredAt(),
        caller.actor(),
        command.reason());
    return incident;
  }

  /**
   * Sets the milestone mitigated for a step of a runbook. It keeps one that is there: a person may
   * have said when.
   */
  public void mitigate(
      TenantDatabase.Transaction transaction,
      UUID incidentId,
      Instant at,
      String actor,
      String reason) {
    Incident incident = incidents.lock(transaction, new IncidentRef.ById(incidentId));
    if (store.find(transaction, incident.id()).get(MilestoneKind.MITIGATED) == null) {
      set(transaction, incident.id(), MilestoneKind.MITIGATED, null, at, actor, reason);
    }
  }

  private void set(
      TenantDatabase.Transaction transaction,
      UUID incident,
      MilestoneKind kind,
      @Nullable Milestone before,
      Instant occurredAt,
      String actor,
      String reason) {
    store.set(transaction, incident, kind, occurredAt, actor, reason);
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("milestone", kind.value());
    data.put("from", before == null ? null : Timestamps.format(before.occurredAt()));
    data.put("to", Timestamps.format(occurredAt));
    timeline.append(
        transaction,
        NewEvent.of(incident, EventKind.MILESTONE_SET, reason, json.write(data), actor));
  }

  private static void requireAllowed(SetMilestone command, Milestones milestones) {
    if (!command.kind().canBeSet()) {
      throw ApiException.invalid(
          "kind", "declared cannot be set: it is when the incident was opened here");
    }
    if (command.kind() == MilestoneKind.RESOLVED) {
      if (milestones.get(MilestoneKind.RESOLVED) == null) {
        throw ApiException.conflict(
            "The incident is not resolved; change its status to resolved first");
      }
      requireNotBefore(command, "the last reopening", milestones.lastReopenedAt());
    }
    for (Milestone other : milestones.standing()) {
      if (command.kind() == MilestoneKind.STARTED) {
        if (other.kind() != MilestoneKind.STARTED
            && command.occurredAt().isAfter(other.occurredAt())) {
          throw ApiException.conflict(
              "The milestone started must not be after %s, %s; choose an earlier time"
                  .formatted(other.kind().value(), Timestamps.format(other.occurredAt())));
        }
      } else if (other.kind() == MilestoneKind.STARTED) {
        requireNotBefore(command, "the milestone started", other.occurredAt());
      }
    }
  }

  private static void requireNotBefore(
      SetMilestone command, String what, @Nullable Instant earliest) {
    if (earliest != null && command.occurredAt().isBefore(earliest)) {
      throw ApiException.conflict(
          "The milestone %s must not be before %s, %s; choose a later time"
              .formatted(command.kind().value(), what, Timestamps.format(earliest)));
    }
  }
}
