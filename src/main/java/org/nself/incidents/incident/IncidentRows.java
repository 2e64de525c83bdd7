package org.nself.incidents.incident;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.RowMapper;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;

/** Maps rows of np_incidents; columns that the query does not need are null in them. */
final class IncidentRows {

  /** The indexes of the columns in a result. */
  private record Columns(
      int id,
      int number,
      int kind,
      int title,
      int summary,
      int severity,
      int status,
      int owner,
      int openedBy,
      int labels,
      int services,
      int dedupKey,
      int occurrences,
      int mergedInto,
      int version,
      int reopenCount,
      int openedAt,
      int acknowledgedAt,
      int mitigatedAt,
      int resolvedAt,
      int closedAt,
      int updatedAt) {

    static Columns of(ResultSet result) throws SQLException {
      return new Columns(
          result.findColumn("id"),
          result.findColumn("number"),
          result.findColumn("kind"),
          result.findColumn("title"),
          result.findColumn("summary"),
          result.findColumn("severity"),
          result.findColumn("status"),
          result.findColumn("owner"),
          result.findColumn("opened_by"),
          result.findColumn("labels"),
          result.findColumn("services"),
          result.findColumn("dedup_key"),
          result.findColumn("occurrences"),
          result.findColumn("merged_into"),
          result.findColumn("version"),
          result.findColumn("reopen_count"),
          result.findColumn("opened_at"),
          result.findColumn("acknowledged_at"),
          result.findColumn("mitigated_at"),
          result.findColumn("resolved_at"),
          result.findColumn("closed_at"),
          result.findColumn("updated_at"));
    }
  }

  private static final int MAX_CACHED_CHARS = 500_000;

  private final StrictJson json;

  /**
   * Parsed labels by their text, which incidents of a team or a service share and which a list has
   * again the next time. Parsing took a fifteenth of the processor time of a list.
   */
  private final Cache<String, Map<String, String>> labels =
      Caffeine.newBuilder()
          .maximumWeight(MAX_CACHED_CHARS)
          .weigher((String text, Map<String, String> _) -> text.length())
          .build();

  IncidentRows(StrictJson json) {
    this.json = json;
  }

  /**
   * A mapper for one result. It looks the columns up by name in the first row only: in each row,
   * that took a fifteenth of the processor time of a list.
   */
  RowMapper<Incident> mapper() {
    return new Mapper();
  }

  private final class Mapper implements RowMapper<Incident> {
    private @Nullable Columns columns;

    @Override
    public Incident map(ResultSet row) throws SQLException {
      @Nullable Columns at = columns;
      if (at == null) {
        at = Columns.of(row);
        columns = at;
      }
      return new Incident(
          row.getObject(at.id(), UUID.class),
          row.getInt(at.number()),
          requireKnown(IncidentKind.parse(row.getString(at.kind()))),
          row.getString(at.title()),
          row.getString(at.summary()),
          requireKnown(Severity.parse(row.getString(at.severity()))),
          requireKnown(IncidentStatus.parse(row.getString(at.status()))),
          row.getString(at.owner()),
          row.getString(at.openedBy()),
          labels(row.getString(at.labels())),
          services(row.getArray(at.services())),
          row.getString(at.dedupKey()),
          row.getInt(at.occurrences()),
          row.getObject(at.mergedInto(), UUID.class),
          row.getInt(at.version()),
          row.getInt(at.reopenCount()),
          ResultSets.instant(row, at.openedAt()),
          ResultSets.optionalInstant(row, at.acknowledgedAt()),
          ResultSets.optionalInstant(row, at.mitigatedAt()),
          ResultSets.optionalInstant(row, at.resolvedAt()),
          ResultSets.optionalInstant(row, at.closedAt()),
          ResultSets.instant(row, at.updatedAt()));
    }
  }

  /** The check constraints of the database allow known values only. */
  private static <T> T requireKnown(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("The database has a value that this version does not know");
    }
    return value;
  }

  private static List<String> services(@Nullable Array services) throws SQLException {
    return services == null ? List.of() : List.of((String[]) services.getArray());
  }

  private Map<String, String> labels(@Nullable String text) {
    if (text == null || text.equals("{}")) {
      return Map.of();
    }
    return labels.get(text, this::parseLabels);
  }

  private Map<String, String> parseLabels(String text) {
    Map<String, String> parsed = new LinkedHashMap<>();
    // Other writers of the table may store numbers; they are read as text.
    json.read(new RawJson(text)).forEach((name, value) -> parsed.put(name, String.valueOf(value)));
    return Collections.unmodifiableMap(parsed);
  }
}
