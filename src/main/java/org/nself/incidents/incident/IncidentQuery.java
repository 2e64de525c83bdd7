package org.nself.incidents.incident;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Input;
import org.nself.incidents.api.PageRequest;

/** The parameters with which REST lists incidents. */
record IncidentQuery(IncidentFilter filter, IncidentOrder order, PageRequest page) {

  /** The parameters that hold several values. */
  static final Set<String> LISTS = Set.of("status", "severity", "owner", "service");

  /** The parameters that are written as {@code label.NAME}. */
  static final String LABEL = "label";

  static final IncidentOrder DEFAULT_ORDER = IncidentOrder.OPENED_AT_DESC;

  static IncidentQuery read(Input input) {
    IncidentFilter filter =
        new IncidentFilter(
            input.choices("status", IncidentStatus::named, IncidentStatus.ALL),
            input.choices("severity", Severity::named, Severity.ALL),
            input.texts("owner", IncidentFilter.MAX_ALTERNATIVES, OpenIncident.MAX_OWNER),
            input.texts("service", IncidentFilter.MAX_ALTERNATIVES, OpenIncident.MAX_SERVICE),
            input.labels(LABEL),
            input.text("q", IncidentFilter.MAX_SEARCH),
            input.instant("openedAfter"),
            input.instant("openedBefore"),
            input.instant("updatedAfter"));
    @Nullable IncidentOrder order = input.choice("sort", IncidentOrder::named, IncidentOrder.ALL);
    return new IncidentQuery(filter, order == null ? DEFAULT_ORDER : order, PageRequest.of(input));
  }
}
