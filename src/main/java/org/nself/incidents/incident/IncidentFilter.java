package org.nself.incidents.incident;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;

/**
 * Conditions on incidents, combined with AND. Null is no condition; an empty list matches nothing.
 */
public record IncidentFilter(
    @Nullable List<IncidentKind> kind,
    @Nullable List<IncidentStatus> status,
    @Nullable List<Severity> severity,
    @Nullable List<String> owner,
    @Nullable List<String> service,
    @Nullable List<String> dedupKey,
    @Nullable Map<String, String> labels,
    @Nullable String search,
    @Nullable Instant openedAfter,
    @Nullable Instant openedBefore,
    @Nullable Instant updatedAfter) {

  public static final IncidentFilter NONE =
      new IncidentFilter(null, null, null, null, null, null, null, null, null, null, null);

  /** The query parameters of REST with several values. */
  public static final Set<String> QUERY_LISTS = Set.of("kind", "status", "severity");

  /** The query parameters of REST with several values that may contain commas. */
  public static final Set<String> QUERY_TEXTS = Set.of("owner", "service", "dedup_key");

  /** The prefix of the query parameters {@code label.NAME} of REST. */
  public static final String QUERY_LABEL = "label";

  static final int MAX_SEARCH = 200;
  static final int MAX_ALTERNATIVES = 100;

  /** Parses an IncidentFilter of GraphQL. */
  public static IncidentFilter read(InputReader input) {
    return read(input, "search");
  }

  /** Parses the query parameters of REST that are conditions. */
  public static IncidentFilter readQuery(InputReader query) {
    return read(query, "q");
  }

  private static IncidentFilter read(InputReader input, String search) {
    return new IncidentFilter(
        input.enumValues("kind", IncidentKind::parse, IncidentKind.ALL),
        input.enumValues("status", IncidentStatus::parse, IncidentStatus.ALL),
        input.enumValues("severity", Severity::parse, Severity.ALL),
        input.strings("owner", MAX_ALTERNATIVES, OpenIncident.MAX_OWNER),
        input.strings("service", MAX_ALTERNATIVES, OpenIncident.MAX_SERVICE),
        input.strings("dedupKey", MAX_ALTERNATIVES, OpenIncident.MAX_DEDUP_KEY),
        input.labels(search.equals("q") ? QUERY_LABEL : "labels"),
        input.string(search, MAX_SEARCH),
        input.instant("openedAfter"),
        input.instant("openedBefore"),
        input.instant("updatedAfter"));
  }
}
