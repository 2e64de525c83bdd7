package org.nself.incidents.analytics;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.incident.IncidentFilter;
import org.nself.incidents.incident.IncidentKind;
import org.nself.incidents.incident.IncidentQueries;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.incident.Severity;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.PageRequest;
import org.nself.incidents.web.response.ResponseSizeBudget;

/**
 * Computes metrics from np_incident_durations. Buckets and wall clocks are computed by Java's rules
 * of time zones and passed as times: those of PostgreSQL may be of another year.
 */
final class MetricsQueries {

  /** Groups times buckets; with all numbers, a response of some ten megabytes. */
  private static final int MAX_CELLS = 5_000;

  /** Of a response, for each of them. */
  private static final int CELL_BYTES = 2_048;

  private final TenantDatabase database;
  private final StrictJson json;

  /** By SQL text: one for each requested combination of conditions and dimensions. */
  private final Cache<String, SqlStatement> statements =
      Caffeine.newBuilder().maximumSize(500).build();

  MetricsQueries(TenantDatabase database, StrictJson json) {
    this.database = database;
    this.json = json;
  }

  /**
   * The metrics of one group, in one bucket or in all.
   *
   * @param bucket from 1; 0 for the whole period
   * @param values null where all groups are taken together
   */
  private record Cell(
      int bucket,
      @Nullable List<@Nullable String> values,
      int incidents,
      int reopened,
      Map<Metric, DurationStatistics> durations) {}

  /**
   * @param betweenFailures whether {@link Metric#TIME_BETWEEN_FAILURES} is wanted, which takes a
   *     sort for each grouping
   * @throws ApiException {@code too_large} where there are too many groups and buckets, also where
   *     the response has other metrics already
   */
  IncidentMetrics metrics(
      String account, MetricsQuery query, boolean betweenFailures, ResponseSizeBudget budget) {
    boolean first = budget.isUntouched();
    long remaining = budget.remaining();
    Map<String, @Nullable Object> values = new HashMap<>();
    List<Instant> starts = query.bucketStarts();
    values.put("boundaries", starts.stream().map(Instant::toString).toArray(String[]::new));
    String sql =
        "with incident as materialized (\n%s)\n%slimit %d"
            .formatted(
                population(account, query, values),
                String.join("union all\n", selects(query, betweenFailures)),
                MAX_CELLS + 1);
    List<Cell> cells;
    try (ResponseSizeBudget.Read read = budget.beginRead(MAX_CELLS)) {
      cells = database.query(account, statement(sql), values, row -> cell(query, row));
      if (cells.size() > MAX_CELLS) {
        throw tooManyCells();
      }
      read.end(0);
    }
    // Groups have all buckets, also those without an incident.
    long groups = 1 + cells.stream().map(Cell::values).filter(Objects::nonNull).distinct().count();
    long bytes = groups * (1 + starts.size()) * CELL_BYTES;
    if (bytes > remaining && !first) {
      throw budget.tooLarge("ask for fewer metrics at once, or use a longer bucket");
    }
    if (groups * (1 + starts.size()) > MAX_CELLS) {
      throw tooManyCells();
    }
    budget.beginMaking(bytes);
    return assemble(query, starts, cells);
  }

  private static ApiException tooManyCells() {
    return ApiException.of(
        ErrorCode.TOO_LARGE,
        "The metrics have more than %d groups times buckets; use a longer bucket, fewer dimensions or a narrower filter"
            .formatted(MAX_CELLS));
  }

  /**
   * The incidents that ended in the period, with what is needed of each. Two indexes have all of it
   * where neither services nor labels are asked for: the rows themselves lie among those of other
   * accounts, one on each page. Arrays of times are selected, so that PostgreSQL parses them once
   * and not for each row.
   */
  private String population(
      String account, MetricsQuery query, Map<String, @Nullable Object> values) {
    values.put("from", query.from());
    values.put("to", query.to());
    values.put("label_name", query.labelName());
    String dimensions =
        query.groupBy().stream()
            .map(
                dimension ->
                    switch (dimension) {
                      case SERVICE -> "services, ";
                      case LABEL -> "labels ->> :label_name::text as label, ";
                      case SEVERITY, OWNER, STATUS -> column(dimension) + ", ";
                    })
            .collect(Collectors.joining());
    return """
    select %sincident.id, incident.opened_at, reason, reopen_count > 0 as reopened, started_at, ended_at,
      width_bucket(ended_at, (select :boundaries::timestamptz[])) as bucket,
      case when reason is null then seconds_to_detect end as time_to_detect,
      case when reason is null then %s end as time_to_acknowledge,
      case when reason is null then seconds_to_mitigate end as time_to_mitigate,
      case when reason is null then %s end as time_to_resolve
    from (%s) incident
    join np_incident_durations duration on duration.source_account_id = :account and duration.incident_id = incident.id
    where duration.ended_at >= :from and duration.ended_at < :to
    """
        .formatted(
            dimensions,
            query.acknowledgedFrom().column(),
            query.basis().column(),
            incidents(account, query.filter(), values));
  }

  /** The incidents that match a filter, with the reason why one is not counted. */
  private String incidents(
      String account, IncidentFilter filter, Map<String, @Nullable Object> values) {
    return "select id, opened_at, kind, severity, status, owner, labels, services, reopen_count, "
        + reason(filter)
        + " as reason from np_incidents where "
        + String.join(" and ", IncidentQueries.conditions(account, filter, values, json));
  }

  /** What a filter asks for by name is not left out. */
  private static String reason(IncidentFilter filter) {
    Map<ExclusionReason, String> conditions = new EnumMap<>(ExclusionReason.class);
    @Nullable List<IncidentStatus> status = filter.status();
    if (status == null || !status.contains(IncidentStatus.MERGED)) {
      conditions.put(ExclusionReason.MERGED, "status = 'merged'");
    }
    if (status == null || !status.contains(IncidentStatus.CANCELLED)) {
      conditions.put(ExclusionReason.CANCELLED, "status = 'cancelled'");
    }
    if (filter.kind() == null || !filter.kind().contains(IncidentKind.DRILL)) {
      conditions.put(ExclusionReason.DRILL, "kind = 'drill'");
    }
    if (filter.severity() == null || !filter.severity().contains(Severity.INFO)) {
      conditions.put(ExclusionReason.INFO, "severity = 'info'");
    }
    StringBuilder sql = new StringBuilder("case");
    conditions.forEach(
        (reason, condition) ->
            sql.append(" when %s then '%s'".formatted(condition, reason.value())));
    return conditions.isEmpty() ? "null::text" : sql.append(" end").toString();
  }

  private static String column(MetricDimension dimension) {
    return switch (dimension) {
      case SEVERITY -> "severity";
      case SERVICE -> "service";
      case OWNER -> "owner";
      case STATUS -> "status";
      case LABEL -> "label";
    };
  }

  /**
   * Selects of rows for all incidents together and for each group, each for the whole period and
   * for each bucket. One select reads and sorts the incidents once for both, except where the gap
   * before an incident depends on which of the two it is.
   */
  private static List<String> selects(MetricsQuery query, boolean betweenFailures) {
    List<String> selects = new ArrayList<>();
    for (boolean byGroup : query.groupBy().isEmpty() ? List.of(false) : List.of(false, true)) {
      if (betweenFailures) {
        selects.add(cells(query, byGroup, List.of(false), true));
        selects.add(cells(query, byGroup, List.of(true), true));
      } else {
        selects.add(cells(query, byGroup, List.of(false, true), false));
      }
    }
    return selects;
  }

  /**
   * @param byBucket whether for each bucket or for the whole period; with {@code betweenFailures}
   *     one of the two
   */
  private static String cells(
      MetricsQuery query, boolean byGroup, List<Boolean> byBucket, boolean betweenFailures) {
    List<String> dimensions = query.groupBy().stream().map(MetricsQueries::column).toList();
    List<String> keys = byGroup ? dimensions : List.of();
    List<String> keysAndBucket = new ArrayList<>(keys);
    keysAndBucket.add("bucket");
    List<List<String>> groupings =
        byBucket.stream().map(each -> each ? keysAndBucket : keys).toList();
    StringBuilder sql = new StringBuilder("select ");
    sql.append(byGroup)
        .append(" as grouped, ")
        .append(
            byBucket.contains(true) ? "case when grouping(bucket) = 0 then bucket else 0 end" : "0")
        .append(" as bucket");
    for (int i = 0; i < dimensions.size(); i++) {
      sql.append(", ")
          .append(byGroup ? dimensions.get(i) : "null::text")
          .append(" as value_")
          .append(i);
    }
    sql.append(", count(*) filter (where reason is null) as incidents");
    sql.append(", count(*) filter (where reason is null and reopened) as reopened");
    for (ExclusionReason reason : ExclusionReason.ALL) {
      sql.append(
          ", count(*) filter (where reason = '%1$s') as excluded_%1$s".formatted(reason.value()));
    }
    for (Metric metric : Metric.ALL) {
      if (metric == Metric.TIME_BETWEEN_FAILURES && !betweenFailures) {
        sql.append(
            """
            , 0 as %1$s_count, null::double precision as %1$s_mean, null::double precision[] as %1$s_percentiles\
            """
                .formatted(metric.value()));
        continue;
      }
      sql.append(
          """
          , count(%1$s) as %1$s_count, avg(%1$s) as %1$s_mean,
          percentile_cont(array[0.5, 0.9]) within group (order by %1$s) as %1$s_percentiles\
          """
              .formatted(metric.value()));
    }
    sql.append(" from (select incident.*");
    if (betweenFailures) {
      sql.append(
          """
          , case when time_to_resolve is not null then
            extract(epoch from started_at - lag(started_at) over ordered)::double precision - lag(time_to_resolve) over ordered
          end as time_between_failures\
          """);
    }
    boolean services = byGroup && query.groupBy().contains(MetricDimension.SERVICE);
    sql.append(
        services
            ? ", service from incident left join lateral unnest(services) as service on true"
            : " from incident");
    if (betweenFailures) {
      List<String> partition = new ArrayList<>(groupings.getFirst());
      partition.add("(time_to_resolve is not null)");
      sql.append(" window ordered as (partition by ")
          .append(String.join(", ", partition))
          .append(" order by started_at, id)");
    }
    String sets =
        groupings.stream()
            .map(each -> "(" + String.join(", ", each) + ")")
            .collect(Collectors.joining(", "));
    return sql.append(") incident group by grouping sets (").append(sets).append(")\n").toString();
  }

  private static Cell cell(MetricsQuery query, ResultSet row) throws SQLException {
    @Nullable List<@Nullable String> values = null;
    if (row.getBoolean("grouped")) {
      values = new ArrayList<>();
      for (int i = 0; i < query.groupBy().size(); i++) {
        values.add(row.getString("value_" + i));
      }
    }
    int incidents = row.getInt("incidents");
    Map<ExclusionReason, Integer> excluded = new EnumMap<>(ExclusionReason.class);
    for (ExclusionReason reason : ExclusionReason.ALL) {
      put(excluded, reason, row.getInt("excluded_" + reason.value()));
    }
    Map<Metric, DurationStatistics> durations = new EnumMap<>(Metric.class);
    int resolved = row.getInt(Metric.TIME_TO_RESOLVE.value() + "_count");
    for (Metric metric : Metric.ALL) {
      String name = metric.value();
      int count = row.getInt(name + "_count");
      Map<ExclusionReason, Integer> left = new EnumMap<>(ExclusionReason.class);
      left.putAll(excluded);
      // The first incident of a group has no gap before it, and is not unknown for that.
      put(
          left,
          ExclusionReason.UNKNOWN,
          incidents - (metric == Metric.TIME_BETWEEN_FAILURES ? resolved : count));
      @Nullable Array percentiles = row.getArray(name + "_percentiles");
      @Nullable Double[] percentile =
          percentiles == null ? new Double[2] : (@Nullable Double[]) percentiles.getArray();
      durations.put(
          metric,
          new DurationStatistics(
              count,
              row.getObject(name + "_mean", Double.class),
              percentile[0],
              percentile[1],
              left));
    }
    return new Cell(row.getInt("bucket"), values, incidents, row.getInt("reopened"), durations);
  }

  private static void put(Map<ExclusionReason, Integer> counts, ExclusionReason reason, int count) {
    if (count > 0) {
      counts.put(reason, count);
    }
  }

  private static IncidentMetrics assemble(
      MetricsQuery query, List<Instant> starts, List<Cell> cells) {
    Map<@Nullable List<@Nullable String>, Map<Integer, Cell>> byGroup = new LinkedHashMap<>();
    for (Cell cell : cells) {
      byGroup.computeIfAbsent(cell.values(), _ -> new HashMap<>()).put(cell.bucket(), cell);
    }
    MetricSet.Group total =
        group(query, starts, List.of(), Objects.requireNonNullElse(byGroup.remove(null), Map.of()));
    List<MetricSet.Group> groups = new ArrayList<>();
    for (Map.Entry<@Nullable List<@Nullable String>, Map<Integer, Cell>> entry :
        byGroup.entrySet()) {
      @Nullable List<@Nullable String> values = entry.getKey();
      if (values != null) {
        groups.add(group(query, starts, values, entry.getValue()));
      }
    }
    groups.sort((one, other) -> compare(query, one.values(), other.values()));
    return new IncidentMetrics(query, total, groups);
  }

  /** Severities by rank, other values by text, incidents without a value last. */
  private static int compare(
      MetricsQuery query, List<@Nullable String> one, List<@Nullable String> other) {
    for (int i = 0; i < one.size(); i++) {
      @Nullable String left = one.get(i);
      @Nullable String right = other.get(i);
      int order;
      if (left == null || right == null) {
        order = Boolean.compare(left == null, right == null);
      } else if (query.groupBy().get(i) == MetricDimension.SEVERITY) {
        order =
            Objects.requireNonNull(Severity.parse(left))
                .compareTo(Objects.requireNonNull(Severity.parse(right)));
      } else {
        order = left.compareTo(right);
      }
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static MetricSet.Group group(
      MetricsQuery query,
      List<Instant> starts,
      List<@Nullable String> values,
      Map<Integer, Cell> cells) {
    List<MetricSet> buckets = new ArrayList<>();
    for (int i = 0; i < starts.size(); i++) {
      Instant start = starts.get(i);
      Instant end = i + 1 < starts.size() ? starts.get(i + 1) : query.to();
      buckets.add(
          set(
              new MetricScope(
                  query, start.isBefore(query.from()) ? query.from() : start, end, values),
              cells.get(i + 1)));
    }
    return new MetricSet.Group(
        values,
        set(new MetricScope(query, query.from(), query.to(), values), cells.get(0)),
        buckets);
  }

  private static MetricSet set(MetricScope scope, @Nullable Cell cell) {
    if (cell != null) {
      return new MetricSet(scope, cell.incidents(), cell.reopened(), cell.durations());
    }
    Map<Metric, DurationStatistics> none = new EnumMap<>(Metric.class);
    for (Metric metric : Metric.ALL) {
      none.put(metric, new DurationStatistics(0, null, null, null, Map.of()));
    }
    return new MetricSet(scope, 0, 0, none);
  }

  /** The incidents that are unfinished now. */
  IncidentMetrics.Open open(String account, IncidentFilter filter) {
    Map<String, @Nullable Object> values = new HashMap<>();
    String sql =
        """
        select count(*) as count, min(coalesce(reopened_at, started_at)) as oldest
        from (%s) incident
        join np_incident_durations duration on duration.source_account_id = :account and duration.incident_id = incident.id
        where status in ('open', 'acknowledged', 'mitigating') and reason is null
        """
            .formatted(incidents(account, filter, values));
    return database
        .query(
            account,
            statement(sql),
            values,
            row ->
                new IncidentMetrics.Open(
                    row.getInt("count"), ResultSets.optionalInstant(row, "oldest")))
        .getFirst();
  }

  /** Counts incidents by the weekday and hour of their start; cells without any are missing. */
  List<HeatmapCell> heatmap(
      String account, IncidentFilter filter, Instant from, Instant to, ZoneId zone) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("from", from);
    values.put("to", to);
    List<String> changes = new ArrayList<>();
    List<String> offsets = new ArrayList<>();
    ZoneRules rules = zone.getRules();
    changes.add(from.toString());
    offsets.add(String.valueOf(rules.getOffset(from).getTotalSeconds()));
    @Nullable ZoneOffsetTransition change = rules.nextTransition(from);
    while (change != null && change.getInstant().isBefore(to)) {
      changes.add(change.getInstant().toString());
      offsets.add(String.valueOf(change.getOffsetAfter().getTotalSeconds()));
      change = rules.nextTransition(change.getInstant());
    }
    values.put("changes", changes.toArray(String[]::new));
    values.put("offsets", offsets.toArray(String[]::new));
    String sql =
        """
        select extract(isodow from wall_clock)::integer as weekday, extract(hour from wall_clock)::integer as hour, count(*) as count
        from (
          select started_at at time zone 'UTC'
            + ((select :offsets::integer[]))[width_bucket(started_at, (select :changes::timestamptz[]))] * interval '1 second' as wall_clock
          from (%s) incident
          join np_incident_durations duration on duration.source_account_id = :account and duration.incident_id = incident.id
          where reason is null and started_at >= :from and started_at < :to
        ) started
        group by 1, 2
        order by 1, 2
        """
            .formatted(incidents(account, filter, values));
    return database.query(
        account,
        statement(sql),
        values,
        row -> new HeatmapCell(row.getInt("weekday"), row.getInt("hour"), row.getInt("count")));
  }

  /** An incident behind a number, with the key by which they are ordered. */
  record ListPosition(Instant openedAt, UUID id) {}

  /**
   * The incidents behind several numbers of one query, newest first, in one statement.
   *
   * @param scopes of the same query
   * @param selections for each scope, which of its incidents
   * @return for each scope, up to {@code size + 1} incidents
   */
  List<List<ListPosition>> behind(
      String account,
      List<MetricScope> scopes,
      List<CountedSelection> selections,
      int size,
      @Nullable ListPosition after) {
    MetricsQuery query = scopes.getFirst().query();
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("boundaries", new String[] {query.from().toString()});
    values.put(
        "starts", scopes.stream().map(scope -> scope.start().toString()).toArray(String[]::new));
    values.put("ends", scopes.stream().map(scope -> scope.end().toString()).toArray(String[]::new));
    values.put(
        "conditions", selections.stream().map(CountedSelection::value).toArray(String[]::new));
    values.put(
        "grouped",
        scopes.stream()
            .map(scope -> String.valueOf(!scope.values().isEmpty()))
            .toArray(String[]::new));
    values.put("limit", size + 1);
    StringBuilder unnested = new StringBuilder();
    StringBuilder names = new StringBuilder();
    StringBuilder matches = new StringBuilder();
    for (int i = 0; i < query.groupBy().size(); i++) {
      int dimension = i;
      @Nullable String[] column = new String[scopes.size()];
      Arrays.setAll(
          column,
          scope ->
              scopes.get(scope).values().isEmpty()
                  ? null
                  : scopes.get(scope).values().get(dimension));
      values.put("value_" + i, column);
      unnested.append(", :value_").append(i).append("::text[]");
      names.append(", value_").append(i);
      matches.append(
          query.groupBy().get(i) == MetricDimension.SERVICE
              ? " and (value_%1$d = any(services) or (value_%1$d is null and services = '{}'))"
                  .formatted(i)
              : " and %s is not distinct from value_%d"
                  .formatted(column(query.groupBy().get(i)), i));
    }
    String keyset = "";
    if (after != null) {
      keyset = "and (opened_at, id) < (:after_time::timestamptz, :after_id::uuid)";
      values.put("after_time", after.openedAt());
      values.put("after_id", after.id());
    }
    String sql =
        """
        with incident as materialized (
        %s)
        select scope.ordinal, found.opened_at, found.id
        from unnest(:starts::timestamptz[], :ends::timestamptz[], :conditions::text[], :grouped::boolean[]%s) with ordinality
          as scope (starts, ends, condition, grouped%s, ordinal)
        cross join lateral (
          select id, opened_at from incident
          where ended_at >= scope.starts and ended_at < scope.ends and reason is null
            and case scope.condition
              when 'all' then true
              when 'reopened' then reopened
              when 'time_to_detect' then time_to_detect is not null
              when 'time_to_acknowledge' then time_to_acknowledge is not null
              when 'time_to_mitigate' then time_to_mitigate is not null
              else time_to_resolve is not null end
            and (not scope.grouped or (true%s))
            %s
          order by opened_at desc, id desc
          limit %s
        ) found
        order by scope.ordinal, found.opened_at desc, found.id desc
        """
            .formatted(
                population(account, query, values),
                unnested,
                names,
                matches,
                keyset,
                PageRequest.limit(size));
    List<List<ListPosition>> positions = new ArrayList<>();
    scopes.forEach(_ -> positions.add(new ArrayList<>()));
    database.query(
        account,
        statement(sql),
        values,
        row ->
            positions
                .get(row.getInt("ordinal") - 1)
                .add(
                    new ListPosition(
                        ResultSets.instant(row, "opened_at"), row.getObject("id", UUID.class))));
    return positions;
  }

  private SqlStatement statement(String text) {
    return statements.get(text, SqlStatement::withCustomPlan);
  }
}
