package org.nself.incidents.analytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.analytics.IncidentLife.Kind;
import org.nself.incidents.analytics.IncidentLife.Outcome;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** 1,000 random incidents: milestones and metrics are those of a plain model that replays them. */
@ExtendWith(RunningService.class)
class MetricsPropertyTest {

  private static final int LIVES = 1_000;
  private static final int ROUNDS = 6;
  private static final int BATCH = 50;
  private static final ZoneId ZONE = ZoneId.of("America/New_York");

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final Instant now = Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
  private final Instant from = now.minus(Duration.ofDays(920));
  private final Instant to = now.plus(Duration.ofDays(1));

  MetricsPropertyTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
  }

  @Test
  void milestonesAndMetricsAreThoseOfThePlainModel() throws Exception {
    List<IncidentLife> lives =
        IntStream.range(0, LIVES).mapToObj(seed -> new IncidentLife(seed, now)).toList();
    live(lives);
    List<Outcome> outcomes = compareMilestones(lives);
    compareMetrics(outcomes);

    DirectDatabase superuser = new DirectDatabase(service.databaseUrl());
    String rows =
        "select string_agg(d::text, '\n' order by incident_id) from np_incident_durations d where source_account_id = '%s'"
            .formatted(account);
    List<String> before = superuser.texts(rows);
    superuser.execute(
        """
        update np_incident_durations set started_at = '2000-01-01', acknowledged_at = null, resolved_at = '2001-01-01', ended_at = null
        where source_account_id = '%1$s';
        delete from np_incident_durations where source_account_id = '%1$s' and ('x' || right(incident_id::text, 1))::bit(4)::integer > 7;
        select np_incident_durations_rebuild('%1$s');
        """
            .formatted(account));
    assertThat(superuser.texts(rows)).as("durations after the rebuild").isEqualTo(before);
    compareMetrics(outcomes);
    assertThat(catchThrowable(() -> superuser.execute(compareDerived(account))))
        .as("milestones that are derived from the timelines")
        .isNull();
  }

  /**
   * What the migration of an earlier version derives from the timelines that nobody corrected or
   * redacted is what was written with them.
   */
  private static String compareDerived(String account) {
    return """
    do $$
    declare
      chosen uuid[];
      written np_incident_durations[];
      milestones text[];
    begin
      select array_agg(d order by incident_id), array_agg(incident_id order by incident_id) into written, chosen
      from np_incident_durations d
      where source_account_id = '%1$s'
        and not exists (select from np_incident_milestones m where m.source_account_id = '%1$s' and m.incident_id = d.incident_id and m.reason is not null)
        and not exists (select from np_incident_timeline e where e.source_account_id = '%1$s' and e.incident_id = d.incident_id and e.redacted);
      if coalesce(cardinality(chosen), 0) < 100 then
        raise exception 'only %% incidents without corrections and redactions', cardinality(chosen);
      end if;
      select array_agg(format('%%s %%s %%s %%s %%s', incident_id, kind, occurred_at, actor, source) order by incident_id, kind) into milestones
      from np_incident_milestones where source_account_id = '%1$s' and incident_id = any (chosen) and revision = 0;
      delete from np_incident_durations where source_account_id = '%1$s' and incident_id = any (chosen);
      delete from np_incident_milestones where source_account_id = '%1$s' and incident_id = any (chosen);
      if np_incident_milestones_derive(array_fill('%1$s'::text, array[cardinality(chosen)]), chosen) <> 0 then
        raise exception 'a timeline could not be told completely';
      end if;
      if written <> (select array_agg(d order by incident_id) from np_incident_durations d where source_account_id = '%1$s' and incident_id = any (chosen)) then
        raise exception 'other durations are derived';
      end if;
      if milestones <> (
        select array_agg(format('%%s %%s %%s %%s %%s', incident_id, kind, occurred_at, actor, source) order by incident_id, kind)
        from np_incident_milestones where source_account_id = '%1$s' and incident_id = any (chosen) and revision = 0)
      then
        raise exception 'other milestones are derived';
      end if;
    end
    $$
    """
        .formatted(account);
  }

  /** Opens the incidents and changes them, several in a request and several requests at a time. */
  private void live(List<IncidentLife> lives) throws Exception {
    List<List<IncidentLife>> batches =
        IntStream.range(0, LIVES / BATCH)
            .mapToObj(i -> lives.subList(i * BATCH, (i + 1) * BATCH))
            .toList();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Callable<Void>> work = new ArrayList<>();
      for (List<IncidentLife> batch : batches) {
        work.add(
            () -> {
              JsonNode opened =
                  mutate(batch, life -> "openIncident(input: {" + life.opening() + "}) { id }");
              for (int i = 0; i < BATCH; i++) {
                batch.get(i).id = opened.at("/f" + i + "/id").asString();
              }
              for (int round = 0; round < ROUNDS; round++) {
                mutate(batch, life -> life.next(batch.get((batch.indexOf(life) + 1) % BATCH)));
              }
              return null;
            });
      }
      for (Future<Void> done : threads.invokeAll(work)) {
        done.get();
      }
    }
  }

  private JsonNode mutate(List<IncidentLife> batch, Function<IncidentLife, String> field) {
    StringBuilder document = new StringBuilder("mutation {");
    for (int i = 0; i < batch.size(); i++) {
      document.append(" f").append(i).append(": ").append(field.apply(batch.get(i)));
    }
    return api.data(document.append(" }").toString());
  }

  private List<Outcome> compareMilestones(List<IncidentLife> lives) {
    Map<String, IncidentLife> byId = new HashMap<>();
    lives.forEach(life -> byId.put(life.id, life));
    List<Outcome> outcomes = new ArrayList<>();
    @Nullable String after = null;
    do {
      JsonNode page =
          api.data(
                  """
                  { incidents(first: 100, after: %s) { pageInfo { hasNextPage endCursor } nodes {
                    id kind openedAt closedAt firstResolvedAt milestones { kind occurredAt }
                    timeline(first: 40) { nodes { kind recordedAt } } } } }
                  """
                      .formatted(after == null ? "null" : '"' + after + '"'))
              .at("/incidents");
      for (JsonNode incident : page.get("nodes")) {
        outcomes.add(
            compare(Objects.requireNonNull(byId.get(incident.get("id").asString())), incident));
      }
      after =
          page.at("/pageInfo/hasNextPage").asBoolean()
              ? page.at("/pageInfo/endCursor").asString()
              : null;
    } while (after != null);
    assertThat(outcomes).hasSize(LIVES);
    return outcomes;
  }

  private static Outcome compare(IncidentLife life, JsonNode incident) {
    List<Instant> recorded = new ArrayList<>();
    for (JsonNode event : incident.at("/timeline/nodes")) {
      if (List.of("opened", "status_changed", "milestone_set")
          .contains(event.get("kind").asString())) {
        recorded.add(Instant.parse(event.get("recordedAt").asString()));
      }
    }
    Outcome outcome =
        life.replay(
            recorded,
            Instant.parse(incident.get("openedAt").asString()),
            instant(incident.get("closedAt")));
    Map<Kind, Instant> milestones = new EnumMap<>(Kind.class);
    for (JsonNode milestone : incident.get("milestones")) {
      milestones.put(
          Kind.valueOf(milestone.get("kind").asString()),
          Instant.parse(milestone.get("occurredAt").asString()));
    }
    assertThat(milestones).as("milestones of %s", life.id).isEqualTo(outcome.milestones());
    assertThat(instant(incident.get("firstResolvedAt"))).isEqualTo(outcome.firstResolved());
    assertThat(incident.get("kind").asString()).isEqualTo(life.drill ? "DRILL" : "REAL");
    return outcome;
  }

  private static @Nullable Instant instant(JsonNode value) {
    return value.isNull() ? null : Instant.parse(value.asString());
  }

  private void compareMetrics(List<Outcome> outcomes) {
    compareMetrics(
        outcomes,
        "",
        _ -> List.of(List.of()),
        Outcome::wall,
        Outcome::acknowledge,
        null,
        _ -> true);
    compareMetrics(
        outcomes,
        ", groupBy: [SEVERITY], basis: ACTIVE, ackFrom: STARTED",
        outcome -> List.of(List.of(outcome.life().severity)),
        Outcome::active,
        Outcome::acknowledgeFromStart,
        null,
        _ -> true);
    compareMetrics(
        outcomes,
        ", groupBy: [SERVICE, OWNER], basis: FIRST",
        outcome ->
            (outcome.life().services.isEmpty()
                    ? Stream.<@Nullable String>of((String) null)
                    : outcome.life().services.stream())
                .map(name -> Arrays.asList(name, outcome.life().owner))
                .toList(),
        Outcome::first,
        Outcome::acknowledge,
        null,
        _ -> true);
    compareMetrics(
        outcomes,
        ", groupBy: [STATUS, LABEL], labelName: \"team\", filter: {kind: [DRILL]}",
        outcome ->
            List.of(List.of(outcome.life().status, String.valueOf(outcome.life().services.size()))),
        Outcome::wall,
        Outcome::acknowledge,
        "drill",
        outcome -> outcome.life().drill);
  }

  /**
   * @param groups the values of the dimensions, of each group that the incident counts in
   * @param named the reason for an exclusion that the filter lifts
   */
  private void compareMetrics(
      List<Outcome> all,
      String arguments,
      Function<Outcome, List<? extends List<@Nullable String>>> groups,
      Function<Outcome, @Nullable Double> resolve,
      Function<Outcome, @Nullable Double> acknowledge,
      @Nullable String named,
      Predicate<Outcome> filter) {
    JsonNode metrics =
        api.data(
                """
                { incidentMetrics(from: "%s", to: "%s", timeZone: "%s"%s) {
                  openCount total { ...G } groups { ...G } } }
                fragment N on IncidentMetric { count meanSeconds medianSeconds p90Seconds excluded { reason count } }
                fragment G on IncidentMetricGroup { dimensions { value } incidentCount reopenRate { count }
                  timeToDetect { ...N } timeToAcknowledge { ...N } timeToMitigate { ...N } timeToResolve { ...N } timeBetweenFailures { ...N }
                  buckets { start end incidentCount reopenRate { count }
                  timeToDetect { ...N } timeToAcknowledge { ...N } timeToMitigate { ...N } timeToResolve { ...N } timeBetweenFailures { ...N } } }
                """
                    .formatted(from, to, ZONE.getId(), arguments))
            .at("/incidentMetrics");
    List<Outcome> matching = all.stream().filter(filter).toList();
    Model model = new Model(resolve, acknowledge, named);
    assertThat(metrics.get("openCount").asInt())
        .isEqualTo(
            (int)
                matching.stream()
                    .filter(outcome -> outcome.ended() == null && model.reason(outcome) == null)
                    .count());
    model.compare(arguments + " total", metrics.get("total"), matching);
    Map<List<@Nullable String>, List<Outcome>> expected = new HashMap<>();
    for (Outcome outcome : matching) {
      if (inPeriod(outcome, from, to)) {
        for (List<@Nullable String> group : groups.apply(outcome)) {
          expected.computeIfAbsent(group, _ -> new ArrayList<>()).add(outcome);
        }
      }
    }
    expected.remove(List.of());
    assertThat(metrics.get("groups")).as(arguments).hasSize(expected.size());
    for (JsonNode group : metrics.get("groups")) {
      List<@Nullable String> values = new ArrayList<>();
      group
          .get("dimensions")
          .forEach(
              dimension ->
                  values.add(
                      dimension.get("value").isNull() ? null : dimension.get("value").asString()));
      model.compare(
          arguments + " " + values,
          group,
          Objects.requireNonNull(expected.get(values), values.toString()));
    }
  }

  private static boolean inPeriod(Outcome outcome, Instant from, Instant to) {
    return outcome.ended() != null
        && !outcome.ended().isBefore(from)
        && outcome.ended().isBefore(to);
  }

  private final class Model {
    private final Function<Outcome, @Nullable Double> resolve;
    private final Function<Outcome, @Nullable Double> acknowledge;
    private final @Nullable String named;

    Model(
        Function<Outcome, @Nullable Double> resolve,
        Function<Outcome, @Nullable Double> acknowledge,
        @Nullable String named) {
      this.resolve = resolve;
      this.acknowledge = acknowledge;
      this.named = named;
    }

    @Nullable String reason(Outcome outcome) {
      IncidentLife life = outcome.life();
      if (life.status.equals("merged") || life.status.equals("cancelled")) {
        return life.status;
      }
      if (life.drill && !"drill".equals(named)) {
        return "drill";
      }
      return life.severity.equals("info") ? "info" : null;
    }

    void compare(String what, JsonNode group, List<Outcome> outcomes) {
      compareNumbers(what, group, within(outcomes, from, to));
      Instant start =
          from.atZone(ZONE).toLocalDate().withDayOfMonth(1).atStartOfDay(ZONE).toInstant();
      for (JsonNode bucket : group.get("buckets")) {
        Instant end = start.atZone(ZONE).plusMonths(1).toInstant();
        Instant first = start.isBefore(from) ? from : start;
        Instant last = end.isAfter(to) ? to : end;
        assertThat(Instant.parse(bucket.get("start").asString())).isEqualTo(first);
        assertThat(Instant.parse(bucket.get("end").asString())).isEqualTo(last);
        compareNumbers(what + " " + first, bucket, within(outcomes, first, last));
        start = end;
      }
      assertThat(start).as("end of the last bucket").isAfterOrEqualTo(to);
    }

    private static List<Outcome> within(List<Outcome> outcomes, Instant from, Instant to) {
      return outcomes.stream().filter(outcome -> inPeriod(outcome, from, to)).toList();
    }

    private void compareNumbers(String what, JsonNode numbers, List<Outcome> ended) {
      List<Outcome> counted = ended.stream().filter(outcome -> reason(outcome) == null).toList();
      assertThat(numbers.get("incidentCount").asInt()).as(what).isEqualTo(counted.size());
      assertThat(numbers.at("/reopenRate/count").asInt())
          .as(what)
          .isEqualTo((int) counted.stream().filter(Outcome::reopened).count());
      Map<String, Integer> excluded = new TreeMap<>();
      for (Outcome outcome : ended) {
        @Nullable String reason = reason(outcome);
        if (reason != null) {
          excluded.merge(reason.toUpperCase(Locale.ROOT), 1, Integer::sum);
        }
      }
      duration(what, numbers.get("timeToDetect"), counted, Outcome::detect, excluded);
      duration(what, numbers.get("timeToAcknowledge"), counted, acknowledge, excluded);
      duration(what, numbers.get("timeToMitigate"), counted, Outcome::mitigate, excluded);
      duration(what, numbers.get("timeToResolve"), counted, resolve, excluded);
      List<Outcome> resolved =
          counted.stream()
              .filter(outcome -> resolve.apply(outcome) != null)
              .sorted(
                  java.util.Comparator.comparing(Outcome::started)
                      .thenComparing(outcome -> outcome.life().id))
              .toList();
      List<Double> gaps = new ArrayList<>();
      for (int i = 1; i < resolved.size(); i++) {
        gaps.add(
            Duration.between(resolved.get(i - 1).started(), resolved.get(i).started()).toNanos()
                    / 1e9
                - Objects.requireNonNull(resolve.apply(resolved.get(i - 1))));
      }
      statistics(what + " between failures", numbers.get("timeBetweenFailures"), gaps);
    }

    private void duration(
        String what,
        JsonNode metric,
        List<Outcome> counted,
        Function<Outcome, @Nullable Double> seconds,
        Map<String, Integer> excluded) {
      List<Double> durations =
          counted.stream()
              .map(seconds)
              .filter(Objects::nonNull)
              .map(Objects::requireNonNull)
              .toList();
      statistics(what, metric, durations);
      Map<String, Integer> expected = new TreeMap<>(excluded);
      if (durations.size() < counted.size()) {
        expected.put("UNKNOWN", counted.size() - durations.size());
      }
      Map<String, Integer> found = new TreeMap<>();
      metric
          .get("excluded")
          .forEach(entry -> found.put(entry.get("reason").asString(), entry.get("count").asInt()));
      assertThat(found).as(what + " excluded").isEqualTo(expected);
    }

    private static void statistics(String what, JsonNode metric, List<Double> values) {
      assertThat(metric.get("count").asInt()).as(what).isEqualTo(values.size());
      if (values.isEmpty()) {
        assertThat(metric.get("meanSeconds").isNull()).as(what).isTrue();
        return;
      }
      double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      assertThat(metric.get("meanSeconds").asDouble())
          .as(what + " mean")
          .isCloseTo(Arrays.stream(sorted).average().orElseThrow(), within(1e-3));
      assertThat(metric.get("medianSeconds").asDouble())
          .as(what + " median")
          .isCloseTo(percentile(sorted, 0.5), within(1e-3));
      assertThat(metric.get("p90Seconds").asDouble())
          .as(what + " p90")
          .isCloseTo(percentile(sorted, 0.9), within(1e-3));
    }

    private static org.assertj.core.data.Offset<Double> within(double offset) {
      return org.assertj.core.api.Assertions.within(offset);
    }

    private static double percentile(double[] sorted, double part) {
      double place = part * (sorted.length - 1);
      int below = (int) Math.floor(place);
      int above = (int) Math.ceil(place);
      return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
  }
}
