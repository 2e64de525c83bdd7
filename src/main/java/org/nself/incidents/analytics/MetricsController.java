package org.nself.incidents.analytics;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentFilter;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.QueryParameters;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** REST API of metrics. */
@RestController
@RequestMapping("/api/v1/metrics")
final class MetricsController {

  private static final String CSV = "text/csv";

  private final MetricsService metrics;

  MetricsController(MetricsService metrics) {
    this.metrics = metrics;
  }

  /** The cells of a heat map. */
  record Heatmap(List<HeatmapCell> cells) {}

  /** A page of the incidents behind a number. */
  record CountedIncidents(List<Incident> incidents, @Nullable String nextCursor) {}

  @GetMapping(path = "/incidents", produces = "application/json")
  MetricsView incidents(Caller caller, HttpServletRequest request, ResponseSizeBudget budget) {
    MetricsQuery query = query(caller, request);
    return MetricsView.of(
        metrics.metrics(caller, query, true, budget), metrics.open(caller, query.filter()));
  }

  @GetMapping(path = "/incidents", produces = CSV)
  byte[] incidentsAsCsv(Caller caller, HttpServletRequest request, ResponseSizeBudget budget) {
    return MetricsCsv.of(metrics.metrics(caller, query(caller, request), true, budget));
  }

  @GetMapping(path = "/incidents/counted", produces = "application/json")
  CountedIncidents counted(Caller caller, HttpServletRequest request, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    InputReader input = read(request, Set.of("without"));
    MetricsQuery query = MetricsQuery.readCounted(input, IncidentFilter.readQuery(input));
    @Nullable CountedSelection selection =
        input.enumValue("metric", CountedSelection::parse, CountedSelection.VALUES);
    PageRequest page = PageRequest.of(input);
    input.check();
    MetricsService.CountedPage wanted =
        new MetricsService.CountedPage(
            new MetricScope(
                query,
                query.from(),
                query.to(),
                Collections.<@Nullable String>nCopies(query.groupBy().size(), null)),
            selection == null ? CountedSelection.ALL : selection,
            page.size(),
            page.after(),
            page.afterField());
    Page<Incident> found =
        Objects.requireNonNull(metrics.counted(caller, Set.of(wanted), budget).get(wanted));
    return new CountedIncidents(
        found.items(),
        found.hasNext() ? MetricsService.cursor(caller, found.items().getLast()) : null);
  }

  @GetMapping(path = "/heatmap", produces = "application/json")
  Heatmap heatmap(Caller caller, HttpServletRequest request) {
    return new Heatmap(cells(caller, request));
  }

  @GetMapping(path = "/heatmap", produces = CSV)
  byte[] heatmapAsCsv(Caller caller, HttpServletRequest request) {
    return MetricsCsv.of(cells(caller, request));
  }

  private static MetricsQuery query(Caller caller, HttpServletRequest request) {
    caller.requirePermission(Permission.READ);
    InputReader input = read(request, Set.of("group_by"));
    MetricsQuery query = MetricsQuery.read(input, IncidentFilter.readQuery(input));
    input.check();
    return query;
  }

  private List<HeatmapCell> cells(Caller caller, HttpServletRequest request) {
    caller.requirePermission(Permission.READ);
    InputReader input = read(request, Set.of());
    IncidentFilter filter = IncidentFilter.readQuery(input);
    MetricsQuery.Period period = MetricsQuery.Period.read(input);
    input.check();
    return metrics.heatmap(caller, filter, period);
  }

  private static InputReader read(HttpServletRequest request, Set<String> moreLists) {
    Set<String> lists = new HashSet<>(IncidentFilter.QUERY_LISTS);
    lists.addAll(moreLists);
    return QueryParameters.read(
        request,
        lists,
        IncidentFilter.QUERY_TEXTS,
        Set.of("limit"),
        Set.of(IncidentFilter.QUERY_LABEL));
  }
}
