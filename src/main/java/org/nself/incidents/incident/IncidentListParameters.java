package org.nself.incidents.incident;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.paging.PageRequest;

/** The query parameters of the REST list of incidents. */
record IncidentListParameters(IncidentFilter filter, IncidentOrder order, PageRequest page) {

  /** The parameters with several values. */
  static final Set<String> LISTS = Set.of("status", "severity");

  /** The parameters with several values that may contain commas. */
  static final Set<String> TEXTS = Set.of("owner", "service", "dedup_key");

  /** Prefix of the parameters {@code label.NAME}. */
  static final String LABEL = "label";

  static final IncidentOrder DEFAULT_ORDER = IncidentOrder.OPENED_AT_DESC;

  static IncidentListParameters read(InputReader input) {
    IncidentFilter filter =
        new IncidentFilter(
            input.enumValues("status", IncidentStatus::parse, IncidentStatus.ALL),
            input.enumValues("severity", Severity::parse, Severity.ALL),
            input.strings("owner", IncidentFilter.MAX_ALTERNATIVES, OpenIncident.MAX_OWNER),
            input.strings("service", IncidentFilter.MAX_ALTERNATIVES, OpenIncident.MAX_SERVICE),
            input.strings("dedupKey", IncidentFilter.MAX_ALTERNATIVES, OpenIncident.MAX_DEDUP_KEY),
            input.labels(LABEL),
            input.string("q", IncidentFilter.MAX_SEARCH),
            input.instant("openedAfter"),
            input.instant("openedBefore"),
            input.instant("updatedAfter"));
    @Nullable IncidentOrder order =
        input.enumValue("sort", IncidentOrder::parse, IncidentOrder.ALL);
    return new IncidentListParameters(
        filter, order == null ? DEFAULT_ORDER : order, PageRequest.of(input));
  }
}
