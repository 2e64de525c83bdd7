package org.nself.incidents.incident;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;

/**
 * Conditions on incidents, combined with AND. Null is no condition; an empty list matches nothing.
 */
public record IncidentFilter(
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

  static final IncidentFilter NONE =
      new IncidentFilter(null, null, null, null, null, null, null, null, null, null);

  static final int MAX_SEARCH = 200;
  static final int MAX_ALTERNATIVES = 100;

  /** Parses an IncidentFilter of GraphQL. */
  static IncidentFilter read(InputReader input) {
    return new IncidentFilter(
        input.enumValues("status", IncidentStatus::parse, IncidentStatus.ALL),
        input.enumValues("severity", Severity::parse, Severity.ALL),
        input.strings("owner", MAX_ALTERNATIVES, OpenIncident.MAX_OWNER),
        input.strings("service", MAX_ALTERNATIVES, OpenIncident.MAX_SERVICE),
        input.strings("dedupKey", MAX_ALTERNATIVES, OpenIncident.MAX_DEDUP_KEY),
        input.labels("labels"),
        input.string("search", MAX_SEARCH),
        input.instant("openedAfter"),
        input.instant("openedBefore"),
        input.instant("updatedAfter"));
  }
}
