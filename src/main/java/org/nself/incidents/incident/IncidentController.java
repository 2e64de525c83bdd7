package org.nself.incidents.incident;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.TimelineEvent;
import org.nself.incidents.timeline.TimelinePage;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.ETags;
import org.nself.incidents.web.RestHeaders;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.QueryParameters;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** REST API of incidents. */
@RestController
@RequestMapping(path = "/api/v1/incidents", produces = "application/json")
final class IncidentController {

  private static final int NEWEST_EVENTS = 50;

  private final IncidentService incidents;
  private final TimelineService timeline;
  private final StrictJson json;
  private final Clock clock;

  IncidentController(
      IncidentService incidents, TimelineService timeline, StrictJson json, Clock clock) {
    this.incidents = incidents;
    this.timeline = timeline;
    this.json = json;
    this.clock = clock;
  }

  /** A page of incidents. */
  record IncidentList(List<Incident> incidents, @Nullable String nextCursor) {}

  /** An incident and its newest events. */
  record IncidentDetail(@JsonUnwrapped Incident incident, List<TimelineEvent> timeline) {}

  @GetMapping
  IncidentList list(Caller caller, HttpServletRequest request, ResponseSizeBudget budget) {
    InputReader input =
        QueryParameters.read(
            request,
            IncidentFilter.QUERY_LISTS,
            IncidentFilter.QUERY_TEXTS,
            Set.of("limit"),
            Set.of(IncidentFilter.QUERY_LABEL));
    IncidentListParameters query = IncidentListParameters.read(input);
    input.check();
    Page<Incident> page =
        incidents.list(caller, query.filter(), query.order(), query.page(), budget);
    return new IncidentList(
        page.items(),
        page.hasNext()
            ? IncidentQueries.cursor(caller.account(), query.order(), page.items().getLast())
            : null);
  }

  @PostMapping(consumes = "application/json")
  ResponseEntity<Incident> open(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @RequestBody byte[] body) {
    caller.requirePermission(Permission.WRITE);
    InputReader input = new InputReader(json.parseObject(body), NamingStyle.SNAKE_CASE);
    OpenIncident command = OpenIncident.read(input, clock);
    input.check();
    IncidentService.Opened opened =
        incidents.open(caller, command, RestHeaders.idempotencyKey(request));
    Incident incident = opened.incident();
    budget.hold(IncidentService.weight(incident));
    return ResponseEntity.status(opened.opened() ? HttpStatus.CREATED : HttpStatus.OK)
        .header("Location", RestHeaders.location(request, "/api/v1/incidents/" + incident.id()))
        .eTag(ETags.of(incident.version()))
        .body(incident);
  }

  @GetMapping("/{id}")
  ResponseEntity<IncidentDetail> get(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id) {
    QueryParameters.rejectAny(request);
    Incident incident = incidents.get(caller, IncidentRef.require(id));
    budget.spend(IncidentService.weight(incident));
    List<TimelineEvent> events =
        Objects.requireNonNull(
                timeline
                    .pages(
                        caller,
                        List.of(incident.id()),
                        new TimelinePage(NEWEST_EVENTS, true, 0, Integer.MAX_VALUE),
                        budget)
                    .get(incident.id()))
            .items();
    String tag = tag(incident, events);
    // Spring would answer 304 by itself, but not to "If-None-Match: *".
    if (ETags.matchesIfNoneMatch(request, tag)) {
      return ResponseEntity.status(HttpStatus.NOT_MODIFIED).eTag(tag).build();
    }
    return ResponseEntity.ok().eTag(tag).body(new IncidentDetail(incident, events));
  }

  @PatchMapping(
      path = "/{id}",
      consumes = {"application/json", "application/merge-patch+json"})
  ResponseEntity<Incident> change(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody byte[] body) {
    return write(caller, request, budget, id, body, ChangeIncident::readPatch, incidents::change);
  }

  @PostMapping(path = "/{id}/merge", consumes = "application/json")
  ResponseEntity<Incident> merge(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody byte[] body) {
    return write(caller, request, budget, id, body, MergeIncident::readInto, incidents::merge);
  }

  /** Makes a command of a body and the version in {@code If-Match}; null for any version. */
  private interface CommandReader<C> {
    C read(InputReader input, IncidentRef incident, @Nullable Integer expectedVersion);
  }

  private interface CommandHandler<C> {
    Incident handle(Caller caller, C command, @Nullable String idempotencyKey);
  }

  private <C> ResponseEntity<Incident> write(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      String id,
      byte[] body,
      CommandReader<C> reader,
      CommandHandler<C> handler) {
    caller.requirePermission(Permission.WRITE);
    InputReader input = new InputReader(json.parseObject(body), NamingStyle.SNAKE_CASE);
    IncidentRef ref = IncidentRef.require(id);
    C command =
        reader.read(
            input, ref, ETags.expectedVersion(request, () -> incidents.get(caller, ref).version()));
    input.check();
    Incident incident = handler.handle(caller, command, RestHeaders.idempotencyKey(request));
    budget.hold(IncidentService.weight(incident));
    return ResponseEntity.ok().eTag(ETags.of(incident.version())).body(incident);
  }

  /** The tag of the resource with its newest events: {@code "version.occurrences.seq"}. */
  private static String tag(Incident incident, List<TimelineEvent> newest) {
    return "\"%d.%d.%d\""
        .formatted(
            incident.version(),
            incident.occurrences(),
            newest.isEmpty() ? 0 : newest.getLast().seq());
  }
}
