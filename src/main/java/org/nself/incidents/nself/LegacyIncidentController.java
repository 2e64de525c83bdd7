package org.nself.incidents.nself;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
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
import org.nself.incidents.incident.ChangeIncident;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentFilter;
import org.nself.incidents.incident.IncidentOrder;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.incident.OpenIncident;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.TimelineEvent;
import org.nself.incidents.timeline.TimelinePage;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.RestHeaders;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.QueryParameters;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
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

/**
 * REST API of nSelf's gateway and admin page ({@code /incidents}). Not in the OpenAPI document: new
 * clients use {@code /api/v1/incidents}.
 */
@RestController
@RequestMapping("/incidents")
final class LegacyIncidentController {

  /** Of each incident in a list, which the admin page reads every 30 s. */
  private static final int EVENTS_IN_LIST = 20;

  private static final int EVENTS = 200;

  /** Incidents whose events are read at once where those of all are too large. */
  private static final int PART = 10;

  private static final int FINISHED = 50;

  private final IncidentService incidents;
  private final TimelineService timeline;
  private final StrictJson json;
  private final Clock clock;
  private final LegacyIncidentView view;

  LegacyIncidentController(
      IncidentService incidents, TimelineService timeline, StrictJson json, Clock clock) {
    this.incidents = incidents;
    this.timeline = timeline;
    this.json = json;
    this.clock = clock;
    this.view = new LegacyIncidentView(json);
  }

  /** Without {@code ?state=}: unfinished incidents, then the newest 50 finished ones. */
  @GetMapping({"", "/"})
  Map<String, Object> list(Caller caller, HttpServletRequest request, ResponseSizeBudget budget) {
    InputReader query = QueryParameters.read(request, Set.of("state"), Set.of(), Set.of());
    @Nullable List<LegacyState> states = query.enumValues("state", LegacyState.class);
    query.check();
    List<Incident> found = new ArrayList<>();
    boolean more = false;
    if (states == null) {
      for (LegacyState state : List.of(LegacyState.OPEN, LegacyState.INVESTIGATING)) {
        more |= addNewest(found, caller, state.statuses(), PageRequest.MAX_SIZE, budget);
      }
      more |= addNewest(found, caller, LegacyState.RESOLVED.statuses(), FINISHED, budget);
    } else {
      List<IncidentStatus> statuses =
          states.stream().flatMap(state -> state.statuses().stream()).distinct().toList();
      more = addNewest(found, caller, statuses, PageRequest.MAX_SIZE, budget);
    }
    Map<UUID, Page<TimelineEvent>> events =
        events(caller, found.stream().map(Incident::id).toList(), budget);
    Instant now = clock.instant();
    Map<String, Object> response = new LinkedHashMap<>();
    response.put(
        "incidents",
        found.stream()
            .map(
                incident ->
                    view.of(incident, Objects.requireNonNull(events.get(incident.id())).items()))
            .toList());
    if (more) {
      response.put("truncated", true);
    }
    response.put("generated_at", now);
    response.put("generatedAt", now);
    return response;
  }

  /**
   * The newest events of each incident. This response has no cursors: where there is no room for
   * one event of each, the incidents of the end of the list have none.
   */
  private Map<UUID, Page<TimelineEvent>> events(
      Caller caller, List<UUID> incidents, ResponseSizeBudget budget) {
    try {
      return timeline.pages(caller, incidents, newestEvents(EVENTS_IN_LIST), budget);
    } catch (ApiException e) {
      if (e.code() != ErrorCode.TOO_LARGE || incidents.size() == 1) {
        throw e;
      }
    }
    Map<UUID, Page<TimelineEvent>> events = new HashMap<>();
    for (int start = 0; start < incidents.size(); start += PART) {
      List<UUID> part = incidents.subList(start, Math.min(start + PART, incidents.size()));
      try {
        events.putAll(timeline.pages(caller, part, newestEvents(EVENTS_IN_LIST), budget));
      } catch (ApiException e) {
        if (e.code() != ErrorCode.TOO_LARGE) {
          throw e;
        }
        break;
      }
    }
    incidents.forEach(incident -> events.putIfAbsent(incident, new Page<>(List.of(), false, true)));
    return events;
  }

  /** Returns whether the list ends early because the response has no room for more. */
  private boolean addNewest(
      List<Incident> found,
      Caller caller,
      List<IncidentStatus> statuses,
      int size,
      ResponseSizeBudget budget) {
    IncidentFilter filter =
        new IncidentFilter(null, statuses, null, null, null, null, null, null, null, null, null);
    Page<Incident> page =
        incidents.list(
            caller,
            filter,
            IncidentOrder.OPENED_AT_DESC,
            PageRequest.of(size, null, null, null),
            budget);
    found.addAll(page.items());
    return page.hasNext() && page.items().size() < size;
  }

  private static TimelinePage newestEvents(int size) {
    return new TimelinePage(size, true, 0, Integer.MAX_VALUE);
  }

  @PostMapping(
      path = {"", "/"},
      consumes = "application/json")
  ResponseEntity<Map<String, @Nullable Object>> open(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @RequestBody byte[] body) {
    caller.requirePermission(Permission.WRITE);
    OpenIncident command = LegacyRequest.open(parse(body), caller.actor());
    Incident incident =
        incidents.open(caller, command, RestHeaders.idempotencyKey(request)).incident();
    return ResponseEntity.status(HttpStatus.CREATED)
        .header("Location", RestHeaders.location(request, "/incidents/" + incident.id()))
        .body(view(caller, incident, budget));
  }

  @GetMapping({"/{id}", "/{id}/"})
  Map<String, @Nullable Object> get(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id) {
    QueryParameters.rejectAny(request);
    return view(caller, incidents.get(caller, IncidentRef.require(id)), budget);
  }

  @PatchMapping(
      path = {"/{id}", "/{id}/"},
      consumes = "application/json")
  Map<String, @Nullable Object> change(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody byte[] body) {
    caller.requirePermission(Permission.WRITE);
    return change(
        caller, request, budget, LegacyRequest.change(parse(body), IncidentRef.require(id)));
  }

  /** An incident that is already acknowledged or mitigating stays as it is. */
  @PostMapping(
      path = {"/{id}/acknowledge", "/{id}/acknowledge/", "/{id}/ack", "/{id}/ack/"},
      consumes = "application/json")
  Map<String, @Nullable Object> acknowledge(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    return move(caller, request, budget, id, LegacyState.INVESTIGATING, body);
  }

  /** An incident that is already resolved, closed, cancelled or merged stays as it is. */
  @PostMapping(
      path = {"/{id}/resolve", "/{id}/resolve/"},
      consumes = "application/json")
  Map<String, @Nullable Object> resolve(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    return move(caller, request, budget, id, LegacyState.RESOLVED, body);
  }

  private Map<String, @Nullable Object> move(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      String id,
      LegacyState state,
      byte @Nullable [] body) {
    caller.requirePermission(Permission.WRITE);
    InputReader input =
        body == null || body.length == 0
            ? new InputReader(Map.of(), NamingStyle.SNAKE_CASE)
            : parse(body);
    return change(
        caller, request, budget, LegacyRequest.move(input, IncidentRef.require(id), state));
  }

  private Map<String, @Nullable Object> change(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      ChangeIncident command) {
    return view(
        caller, incidents.change(caller, command, RestHeaders.idempotencyKey(request)), budget);
  }

  private InputReader parse(byte[] body) {
    return new InputReader(json.parseObject(body), NamingStyle.SNAKE_CASE);
  }

  private Map<String, @Nullable Object> view(
      Caller caller, Incident incident, ResponseSizeBudget budget) {
    budget.hold(IncidentService.weight(incident));
    Map<UUID, Page<TimelineEvent>> events =
        timeline.pages(caller, List.of(incident.id()), newestEvents(EVENTS), budget);
    return view.of(incident, Objects.requireNonNull(events.get(incident.id())).items());
  }
}
