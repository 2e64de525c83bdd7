package org.nself.incidents.analytics;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentFilter;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.paging.Cursor;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.response.ResponseSizeBudget;

/** Computes metrics over incidents, and checks permissions. */
final class MetricsService {

  /** Incidents in a response, and numbers of which they are listed. */
  private static final int MAX_LISTED = 5_000;

  private static final int MAX_LISTS = 250;

  private final MetricsQueries queries;
  private final IncidentService incidents;

  MetricsService(MetricsQueries queries, IncidentService incidents) {
    this.queries = queries;
    this.incidents = incidents;
  }

  /**
   * @param betweenFailures whether {@link Metric#TIME_BETWEEN_FAILURES} is wanted; otherwise its
   *     count is 0
   * @throws ApiException {@code too_large} where there are too many groups and buckets
   */
  IncidentMetrics metrics(
      Caller caller, MetricsQuery query, boolean betweenFailures, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    return queries.metrics(caller.account(), query, betweenFailures, budget);
  }

  IncidentMetrics.Open open(Caller caller, IncidentFilter filter) {
    caller.requirePermission(Permission.READ);
    return queries.open(caller.account(), filter);
  }

  List<HeatmapCell> heatmap(Caller caller, IncidentFilter filter, MetricsQuery.Period period) {
    caller.requirePermission(Permission.READ);
    return queries.heatmap(caller.account(), filter, period.from(), period.to(), period.zone());
  }

  /**
   * A page of the incidents behind a number, newest first.
   *
   * @param size 0 to 200
   * @param after the cursor that the page comes after; null from the start
   * @param afterField the name of {@code after} for the client
   */
  record CountedPage(
      MetricScope scope,
      CountedSelection selection,
      int size,
      @Nullable String after,
      String afterField) {}

  /** Pages that one statement can read. */
  private record PageGroup(
      MetricsQuery query, int size, @Nullable String after, String afterField) {}

  /**
   * Reads several pages, with two statements where they differ in their scopes and selections only.
   *
   * @throws ApiException {@code too_large} where they are too many or too large; {@code invalid}
   *     for a cursor of another list
   */
  Map<CountedPage, Page<Incident>> counted(
      Caller caller, Set<CountedPage> pages, ResponseSizeBudget budget) {
    caller.requirePermission(Permission.READ);
    if (pages.size() > MAX_LISTS || pages.stream().mapToInt(CountedPage::size).sum() > MAX_LISTED) {
      throw ApiException.of(
          ErrorCode.TOO_LARGE,
          "The incidents of at most %d numbers and %d incidents in all can be listed at once; list fewer"
              .formatted(MAX_LISTS, MAX_LISTED));
    }
    Map<PageGroup, List<CountedPage>> batches = new LinkedHashMap<>();
    for (CountedPage page : pages) {
      batches
          .computeIfAbsent(
              new PageGroup(page.scope().query(), page.size(), page.after(), page.afterField()),
              _ -> new ArrayList<>())
          .add(page);
    }
    Map<CountedPage, Page<Incident>> found = new HashMap<>();
    batches.forEach((batch, own) -> found.putAll(read(caller, batch, own, budget)));
    return found;
  }

  private Map<CountedPage, Page<Incident>> read(
      Caller caller, PageGroup batch, List<CountedPage> pages, ResponseSizeBudget budget) {
    MetricsQueries.@Nullable ListPosition after = null;
    if (batch.after() != null) {
      List<Object> key =
          Cursor.decode(
              list(caller),
              batch.afterField(),
              batch.after(),
              List.of(Cursor.Type.INSTANT, Cursor.Type.UUID));
      after = new MetricsQueries.ListPosition((Instant) key.get(0), (UUID) key.get(1));
    }
    List<List<MetricsQueries.ListPosition>> positions =
        queries.behind(
            caller.account(),
            pages.stream().map(CountedPage::scope).toList(),
            pages.stream().map(CountedPage::selection).toList(),
            batch.size(),
            after);
    List<List<MetricsQueries.ListPosition>> kept =
        positions.stream()
            .map(list -> list.subList(0, Math.min(batch.size(), list.size())))
            .toList();
    Map<UUID, Incident> byId =
        incidents.findAll(
            caller,
            kept.stream()
                .flatMap(List::stream)
                .map(MetricsQueries.ListPosition::id)
                .distinct()
                .toList(),
            budget);
    Map<CountedPage, Page<Incident>> found = new HashMap<>();
    for (int i = 0; i < pages.size(); i++) {
      List<Incident> rows =
          kept.get(i).stream().map(place -> Objects.requireNonNull(byId.get(place.id()))).toList();
      found.put(
          pages.get(i),
          Page.of(rows, positions.get(i).size() > batch.size(), false, batch.after() != null));
    }
    return found;
  }

  /** The cursor of an incident behind a number. */
  static String cursor(Caller caller, Incident incident) {
    return Cursor.encode(
        list(caller), List.of(incident.openedAt().toString(), incident.id().toString()));
  }

  private static String list(Caller caller) {
    return caller.account() + "\u001fcounted-incidents";
  }
}
