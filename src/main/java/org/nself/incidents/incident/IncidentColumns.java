package org.nself.incidents.incident;

import java.util.List;
import java.util.Set;

/**
 * The columns of np_incidents that a list selects. Short columns and those of the sort keys are
 * always selected; the others, where no selected field needs them, are null or empty in the result.
 *
 * @param sql the select list
 */
record IncidentColumns(String sql) {

  static final IncidentColumns ALL = new IncidentColumns("*");

  private static final String ALWAYS =
      "id, number, kind, title, severity, status, owner, occurrences, version, reopen_count,"
          + " opened_at, updated_at";

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

  /** The columns that these fields of GraphQL's type Incident need. */
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
