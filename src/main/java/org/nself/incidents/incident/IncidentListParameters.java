package org.nself.incidents.incident;

import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.paging.PageRequest;

/** The query parameters of the REST list of incidents. */
record IncidentListParameters(IncidentFilter filter, IncidentOrder order, PageRequest page) {

  static final IncidentOrder DEFAULT_ORDER = IncidentOrder.OPENED_AT_DESC;

  static IncidentListParameters read(InputReader input) {
    IncidentFilter filter = IncidentFilter.readQuery(input);
    @Nullable IncidentOrder order =
        input.enumValue("sort", IncidentOrder::parse, IncidentOrder.ALL);
    return new IncidentListParameters(
        filter, order == null ? DEFAULT_ORDER : order, PageRequest.of(input));
  }
}
