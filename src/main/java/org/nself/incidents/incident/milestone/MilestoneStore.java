package org.nself.incidents.incident.milestone;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;

/** The rows of np_incident_milestones. */
final class MilestoneStore {

  private final TenantDatabase database;

  MilestoneStore(TenantDatabase database) {
    this.database = database;
  }

  /** The milestones that stand, and the resolutions after which an incident was reopened. */
  private static final SqlStatement FIND =
      SqlStatement.withGenericPlan(
          """
          select incident_id, kind, occurred_at, recorded_at, actor, source, reason,
            case when revision > 0 then reopened_at end as reopened_at
          from np_incident_milestones
          where source_account_id = :account and incident_id = any(:incidents::uuid[])
            and (revision = 0 or (kind = 'resolved' and reopened_at is not null))
          """);

  /** A row; {@code reopenedAt} is null for a milestone that stands. */
  private record Row(UUID incident, Milestone milestone, @Nullable Instant reopenedAt) {}

  /** Reads the milestones of several incidents; one that does not exist is missing. */
  Map<UUID, Milestones> findAll(String account, List<UUID> incidents) {
    return group(database.query(account, FIND, values(account, incidents), MilestoneStore::row));
  }

  Milestones find(TenantDatabase.Transaction transaction, UUID incident) {
    return group(
            transaction.query(
                FIND, values(transaction.account(), List.of(incident)), MilestoneStore::row))
        .getOrDefault(incident, Milestones.NONE);
  }

  private static Map<String, Object> values(String account, List<UUID> incidents) {
    return Map.of("account", account, "incidents", incidents);
  }

  private static Map<UUID, Milestones> group(List<Row> rows) {
    Map<UUID, List<Row>> byIncident = new HashMap<>();
    for (Row row : rows) {
      byIncident.computeIfAbsent(row.incident(), _ -> new ArrayList<>()).add(row);
    }
    Map<UUID, Milestones> milestones = new HashMap<>();
    byIncident.forEach((incident, own) -> milestones.put(incident, milestones(own)));
    return milestones;
  }

  private static Milestones milestones(List<Row> rows) {
    List<Milestone> standing = new ArrayList<>();
    @Nullable Instant firstResolved = null;
    @Nullable Instant lastReopened = null;
    for (Row row : rows) {
      Milestone milestone = row.milestone();
      if (row.reopenedAt() == null) {
        standing.add(milestone);
      } else if (lastReopened == null || row.reopenedAt().isAfter(lastReopened)) {
        lastReopened = row.reopenedAt();
      }
      if (milestone.kind() == MilestoneKind.RESOLVED
          && (firstResolved == null || milestone.occurredAt().isBefore(firstResolved))) {
        firstResolved = milestone.occurredAt();
      }
    }
    standing.sort(Comparator.comparing(Milestone::kind));
    return new Milestones(List.copyOf(standing), firstResolved, lastReopened);
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getObject("incident_id", UUID.class),
        new Milestone(
            Objects.requireNonNull(MilestoneKind.parse(row.getString("kind"))),
            ResultSets.instant(row, "occurred_at"),
            ResultSets.instant(row, "recorded_at"),
            row.getString("actor"),
            MilestoneSource.of(row.getString("source")),
            row.getString("reason")),
        ResultSets.optionalInstant(row, "reopened_at"));
  }

  private static final SqlStatement SET =
      SqlStatement.of(
          "select np_incident_milestone_set(:account, :incident, :kind, :occurred_at, :actor,"
              + " :reason)");

  /** Sets a milestone and computes the durations of the incident, whose row must be locked. */
  void set(
      TenantDatabase.Transaction transaction,
      UUID incident,
      MilestoneKind kind,
      Instant occurredAt,
      String actor,
      String reason) {
    transaction.query(
        SET,
        Map.of(
            "account", transaction.account(),
            "incident", incident,
            "kind", kind.value(),
            "occurred_at", occurredAt,
            "actor", actor,
            "reason", reason),
        _ -> Boolean.TRUE);
  }
}
