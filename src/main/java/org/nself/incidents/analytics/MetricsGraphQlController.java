package org.nself.incidents.analytics;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.TypeRuntimeWiring;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentFilter;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.graphql.BatchLoaders;
import org.nself.incidents.web.graphql.Fetchers;
import org.nself.incidents.web.graphql.GraphQlResponseSize;
import org.nself.incidents.web.graphql.RelayConnection;
import org.nself.incidents.web.graphql.SelectedFields;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;

/** GraphQL API of metrics. */
final class MetricsGraphQlController implements RuntimeWiringConfigurer {

  private static final int HEATMAP_CELL_BYTES = 64;

  private final MetricsService metrics;
  private final SelectedFields fields = new SelectedFields();

  MetricsGraphQlController(MetricsService metrics) {
    this.metrics = metrics;
  }

  /** A number, with the incidents that it counts. */
  private record MetricValue(
      MetricScope scope, CountedSelection selection, int counted, DurationStatistics statistics) {

    static MetricValue of(MetricSet set, Metric metric) {
      CountedSelection selection = CountedSelection.of(metric);
      Metric behind = metric == Metric.TIME_BETWEEN_FAILURES ? Metric.TIME_TO_RESOLVE : metric;
      return new MetricValue(
          set.scope(),
          selection,
          Objects.requireNonNull(set.durations().get(behind)).count(),
          Objects.requireNonNull(set.durations().get(metric)));
    }
  }

  private record Reopenings(MetricScope scope, int count, @Nullable Double rate) {}

  @Override
  public void configure(RuntimeWiring.Builder wiring) {
    wiring
        .type(
            "Query",
            type ->
                type.dataFetcher("incidentMetrics", this::incidentMetrics)
                    .dataFetcher("incidentHeatmap", this::incidentHeatmap))
        .type(
            "IncidentMetrics",
            type -> {
              of(type, "from", IncidentMetrics.class, found -> found.query().from());
              of(type, "to", IncidentMetrics.class, found -> found.query().to());
              of(type, "timeZone", IncidentMetrics.class, found -> found.query().zone().getId());
              of(type, "bucket", IncidentMetrics.class, found -> found.query().bucket());
              of(type, "basis", IncidentMetrics.class, found -> found.query().basis());
              of(type, "ackFrom", IncidentMetrics.class, found -> found.query().acknowledgedFrom());
              of(type, "total", IncidentMetrics.class, IncidentMetrics::total);
              of(type, "groups", IncidentMetrics.class, IncidentMetrics::groups);
              return type.dataFetcher(
                      "openCount",
                      environment -> open(environment).thenApply(IncidentMetrics.Open::count))
                  .dataFetcher(
                      "oldestOpenedAt",
                      environment ->
                          open(environment).thenApply(IncidentMetrics.Open::oldestOpenedAt));
            })
        .type(
            "IncidentMetricGroup",
            type -> {
              of(type, "dimensions", MetricSet.Group.class, MetricsView.Dimension::of);
              of(type, "buckets", MetricSet.Group.class, MetricSet.Group::buckets);
              return numbers(type, MetricSet.Group.class, MetricSet.Group::whole);
            })
        .type(
            "IncidentMetricBucket",
            type -> {
              of(type, "start", MetricSet.class, set -> set.scope().start());
              of(type, "end", MetricSet.class, set -> set.scope().end());
              return numbers(type, MetricSet.class, set -> set);
            })
        .type(
            "IncidentMetricDimension",
            type -> Fetchers.addComponents(type, MetricsView.Dimension.class))
        .type(
            "IncidentMetric",
            type -> {
              of(type, "count", MetricValue.class, number -> number.statistics().count());
              of(
                  type,
                  "meanSeconds",
                  MetricValue.class,
                  number -> number.statistics().meanSeconds());
              of(
                  type,
                  "medianSeconds",
                  MetricValue.class,
                  number -> number.statistics().medianSeconds());
              of(type, "p90Seconds", MetricValue.class, number -> number.statistics().p90Seconds());
              of(
                  type,
                  "excluded",
                  MetricValue.class,
                  number -> MetricsView.Exclusion.of(number.statistics()));
              return type.dataFetcher(
                  "incidents",
                  environment -> {
                    MetricValue number =
                        Objects.requireNonNull(environment.<MetricValue>getSource());
                    return counted(
                        environment, number.scope(), number.selection(), number.counted());
                  });
            })
        .type(
            "IncidentMetricExclusion",
            type -> Fetchers.addComponents(type, MetricsView.Exclusion.class))
        .type(
            "IncidentReopenRate",
            type -> {
              of(type, "count", Reopenings.class, Reopenings::count);
              of(type, "rate", Reopenings.class, Reopenings::rate);
              return type.dataFetcher(
                  "incidents",
                  environment -> {
                    Reopenings reopenings =
                        Objects.requireNonNull(environment.<Reopenings>getSource());
                    return counted(
                        environment,
                        reopenings.scope(),
                        CountedSelection.REOPENED,
                        reopenings.count());
                  });
            })
        .type("HeatmapCell", type -> Fetchers.addComponents(type, HeatmapCell.class));
  }

  private static <T> TypeRuntimeWiring.Builder of(
      TypeRuntimeWiring.Builder type,
      String field,
      Class<T> parent,
      Function<T, @Nullable Object> value) {
    return type.dataFetcher(field, Fetchers.of(parent, value));
  }

  /** The fields of a group and of a bucket. */
  private static <T> TypeRuntimeWiring.Builder numbers(
      TypeRuntimeWiring.Builder type, Class<T> parent, Function<T, MetricSet> set) {
    of(type, "incidentCount", parent, source -> set.apply(source).incidentCount());
    number(type, "timeToDetect", parent, set, Metric.TIME_TO_DETECT);
    number(type, "timeToAcknowledge", parent, set, Metric.TIME_TO_ACKNOWLEDGE);
    number(type, "timeToMitigate", parent, set, Metric.TIME_TO_MITIGATE);
    number(type, "timeToResolve", parent, set, Metric.TIME_TO_RESOLVE);
    number(type, "timeBetweenFailures", parent, set, Metric.TIME_BETWEEN_FAILURES);
    return of(
        type,
        "reopenRate",
        parent,
        source -> {
          MetricSet own = set.apply(source);
          return new Reopenings(own.scope(), own.reopenedCount(), own.reopenRate());
        });
  }

  private static <T> void number(
      TypeRuntimeWiring.Builder type,
      String field,
      Class<T> parent,
      Function<T, MetricSet> set,
      Metric metric) {
    of(type, field, parent, source -> MetricValue.of(set.apply(source), metric));
  }

  private IncidentMetrics incidentMetrics(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    caller.requirePermission(Permission.READ);
    InputReader input = arguments(environment);
    MetricsQuery query = MetricsQuery.read(input, filter(input));
    input.check();
    return metrics.metrics(
        caller,
        query,
        fields.of(environment).contains("timeBetweenFailures"),
        GraphQlResponseSize.budget(environment));
  }

  private List<HeatmapCell> incidentHeatmap(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    caller.requirePermission(Permission.READ);
    InputReader input = arguments(environment);
    IncidentFilter filter = filter(input);
    MetricsQuery.Period period = MetricsQuery.Period.read(input);
    input.check();
    List<HeatmapCell> cells = metrics.heatmap(caller, filter, period);
    GraphQlResponseSize.budget(environment)
        .spendOrRefuse((long) cells.size() * HEATMAP_CELL_BYTES, "ask for fewer heatmaps");
    return cells;
  }

  private static InputReader arguments(DataFetchingEnvironment environment) {
    return new InputReader(environment.getArguments(), NamingStyle.CAMEL_CASE);
  }

  private static IncidentFilter filter(InputReader arguments) {
    @Nullable InputReader input = arguments.object("filter");
    if (input == null) {
      return IncidentFilter.NONE;
    }
    IncidentFilter filter = IncidentFilter.read(input);
    input.rejectUnknown();
    return filter;
  }

  private CompletableFuture<IncidentMetrics.Open> open(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    MetricsQuery query = Objects.requireNonNull(environment.<IncidentMetrics>getSource()).query();
    return BatchLoaders.load(
        environment,
        "openIncidents",
        query.filter(),
        filters -> {
          Map<IncidentFilter, IncidentMetrics.Open> found = new HashMap<>();
          filters.forEach(filter -> found.put(filter, metrics.open(caller, filter)));
          return found;
        });
  }

  private CompletableFuture<RelayConnection<Incident>> counted(
      DataFetchingEnvironment environment,
      MetricScope scope,
      CountedSelection selection,
      int count) {
    Caller caller = GraphQlCaller.of(environment);
    PageRequest page =
        PageRequest.of(
            environment.getArgument("first"), environment.getArgument("after"), null, null);
    return BatchLoaders.<MetricsService.CountedPage, Page<Incident>>load(
            environment,
            "countedIncidents",
            new MetricsService.CountedPage(
                scope, selection, page.size(), page.after(), page.afterField()),
            pages -> metrics.counted(caller, pages, GraphQlResponseSize.budget(environment)))
        .thenApply(
            found ->
                new RelayConnection<>(
                    found,
                    incident -> MetricsService.cursor(caller, incident),
                    () -> CompletableFuture.completedFuture(count)));
  }
}
