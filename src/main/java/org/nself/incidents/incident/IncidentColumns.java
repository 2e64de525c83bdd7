package org.nself.incidents.incident;

import java.util.List;
import java.util.Set;

/**
 * The columns of np_incidents that a list reads. Those that nobody asks for stay in the database,
 * and are null or empty in what is read; what is short or places an incident in a list is read
 * always.
 *
 * @param sql what stands after {@code select}
 */
record IncidentColumns(String sql) {

  static final IncidentColumns ALL = new IncidentColumns("*");

  private static final String ALWAYS =
      "id, number, title, severity, status, owner, occurrences, version, reopen_count, opened_at,"
          + " updated_at";

  private static final List<Optional> OPTIONAL =
      List.of(
          new Optional("summary", "summary", "text"),
          new Optional("openedBy", "opened_by", "text"),
          new Optional("labels", "labels", "jsonb"),
          new Optional("services", "services", "text[]"),
          new Optional("dedupKey", "dedup_key", "text"),
          new Optional("mergedInto", "merged_into", "uuid"),
          new Optional("acknowledgedAt", "acknowledged_at", "timestamptz"),
          new Optional("mitigatedAt", "mitigated_at", "timestamptz"),
          new Optional("resolvedAt", "resolved_at", "timestamptz"),
          new Optional("closedAt", "closed_at", "timestamptz"));

  private record Optional(String field, String column, String type) {}

  /** What these fields of GraphQL's type Incident need. */
  static IncidentColumns of(Set<String> fields) {
    StringBuilder sql = new StringBuilder(ALWAYS);
    for (Optional optional : OPTIONAL) {
      sql.append(", ");
      if (!fields.contains(optional.field())) {
        sql.append("null::").append(optional.type()).append(" as ");
      }
      sql.append(optional.column());
    }
    return new IncidentColumns(sql.toString());
  }
}
