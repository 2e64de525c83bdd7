package org.nself.incidents.nself;

import io.swagger.v3.oas.annotations.Hidden;
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
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentFilter;
import org.nself.incidents.incident.IncidentOrder;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.security.Caller;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.ResponseSizeBudget;
import org.nself.incidents.timeline.TimelineEvent;
import org.nself.incidents.timeline.TimelinePage;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.RestHeaders;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.QueryParameters;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
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
 * Incidents for nself's gateway and admin page. Not in the OpenAPI document: who writes a new
 * client is not to find it there.
 */
@Hidden
@RestController
@RequestMapping("/incidents")
final class LegacyIncidentController {

  /** A page is drawn from them every 30 s. */
  private static final int EVENTS_IN_LIST = 20;

  private static final int EVENTS = 200;
  private static final int FINISHED = 50;

  private static final Set<IncidentStatus> TAKEN =
      Set.of(IncidentStatus.ACKNOWLEDGED, IncidentStatus.MITIGATING);

  private final IncidentService incidents;
  private final TimelineService timeline;
  private final StrictJson json;
  private final Clock clock;
  private final LegacyIncidentView shape;

  LegacyIncidentController(
      IncidentService incidents, TimelineService timeline, StrictJson json, Clock clock) {
    this.incidents = incidents;
    this.timeline = timeline;
    this.json = json;
    this.clock = clock;
    this.shape = new LegacyIncidentView(json);
  }

  /** Without {@code ?state=} what is not over, then the newest 50 of the rest. */
  @GetMapping({"", "/"})
  Map<String, Object> list(Caller caller, HttpServletRequest request) {
    InputReader query = QueryParameters.read(request, Set.of("state"), Set.of(), Set.of());
    @Nullable List<LegacyState> states = query.enumValues("state", LegacyState.class);
    query.check();
    List<Incident> found = new ArrayList<>();
    if (states == null) {
      for (LegacyState state : List.of(LegacyState.OPEN, LegacyState.INVESTIGATING)) {
        found.addAll(newest(caller, state.statuses(), PageRequest.MAX_SIZE));
      }
      found.addAll(newest(caller, LegacyState.RESOLVED.statuses(), FINISHED));
    } else {
      List<IncidentStatus> statuses =
          states.stream().flatMap(state -> state.statuses().stream()).distinct().toList();
      found.addAll(newest(caller, statuses, PageRequest.MAX_SIZE));
    }
    Map<UUID, Page<TimelineEvent>> events =
        events(caller, found.stream().map(Incident::id).toList());
    Instant now = clock.instant();
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put(
        "incidents",
        found.stream()
            .map(
                incident ->
                    shape.of(incident, Objects.requireNonNull(events.get(incident.id())).items()))
            .toList());
    answer.put("generated_at", now);
    answer.put("generatedAt", now);
    return answer;
  }

  /**
   * The newest events of each. What does not fit into one read is read by another: this answer
   * cannot say that more follows.
   */
  private Map<UUID, Page<TimelineEvent>> events(Caller caller, List<UUID> incidents) {
    Map<UUID, Page<TimelineEvent>> events = new HashMap<>();
    List<UUID> missing = incidents;
    while (!missing.isEmpty()) {
      Map<UUID, Page<TimelineEvent>> read =
          timeline.pages(caller, missing, newestEvents(EVENTS_IN_LIST), new ResponseSizeBudget());
      events.putAll(read);
      // The first of them has an event at least, so there are fewer each time.
      missing =
          missing.stream()
              .filter(
                  incident -> {
                    Page<TimelineEvent> page = Objects.requireNonNull(read.get(incident));
                    return page.items().isEmpty() && page.hasPrevious();
                  })
              .toList();
    }
    return events;
  }

  private List<Incident> newest(Caller caller, List<IncidentStatus> statuses, int size) {
    IncidentFilter filter =
        new IncidentFilter(statuses, null, null, null, null, null, null, null, null);
    return incidents
        .list(caller, filter, IncidentOrder.OPENED_AT_DESC, PageRequest.of(size, null, null, null))
        .items();
  }

  private static TimelinePage newestEvents(int size) {
    return new TimelinePage(size, true, 0, Integer.MAX_VALUE);
  }

  @PostMapping({"", "/"})
  ResponseEntity<Map<String, @Nullable Object>> open(
      Caller caller, HttpServletRequest request, @RequestBody byte[] body) {
    Incident incident =
        incidents
            .open(caller, LegacyRequest.open(input(body)), RestHeaders.idempotencyKey(request))
            .incident();
    return ResponseEntity.status(HttpStatus.CREATED)
        .header("Location", RestHeaders.location(request, "/incidents/" + incident.id()))
        .body(shown(caller, incident));
  }

  @GetMapping({"/{id}", "/{id}/"})
  Map<String, @Nullable Object> get(
      Caller caller, HttpServletRequest request, @PathVariable String id) {
    QueryParameters.rejectAny(request);
    return shown(caller, found(caller, id));
  }

  @PatchMapping({"/{id}", "/{id}/"})
  Map<String, @Nullable Object> change(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String id,
      @RequestBody byte[] body) {
    Incident incident = found(caller, id);
    return shown(
        caller,
        incidents.change(
            caller,
            LegacyRequest.change(input(body), incident),
            RestHeaders.idempotencyKey(request)));
  }

  /** What somebody has taken already stays as it is: mitigation does not begin anew. */
  @PostMapping({"/{id}/acknowledge", "/{id}/acknowledge/", "/{id}/ack", "/{id}/ack/"})
  Map<String, @Nullable Object> acknowledge(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    Incident incident = found(caller, id);
    IncidentStatus status =
        TAKEN.contains(incident.status()) ? incident.status() : IncidentStatus.ACKNOWLEDGED;
    return move(caller, request, incident, status, body);
  }

  @PostMapping({"/{id}/resolve", "/{id}/resolve/"})
  Map<String, @Nullable Object> resolve(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    Incident incident = found(caller, id);
    IncidentStatus status =
        LegacyState.RESOLVED.covers(incident.status())
            ? incident.status()
            : IncidentStatus.RESOLVED;
    return move(caller, request, incident, status, body);
  }

  private Map<String, @Nullable Object> move(
      Caller caller,
      HttpServletRequest request,
      Incident incident,
      IncidentStatus status,
      byte @Nullable [] body) {
    InputReader input =
        body == null || body.length == 0
            ? new InputReader(Map.of(), NamingStyle.SNAKE_CASE)
            : input(body);
    return shown(
        caller,
        incidents.change(
            caller,
            LegacyRequest.move(input, incident, status),
            RestHeaders.idempotencyKey(request)));
  }

  private InputReader input(byte[] body) {
    return new InputReader(json.parseObject(body), NamingStyle.SNAKE_CASE);
  }

  private Incident found(Caller caller, String id) {
    return incidents.get(caller, IncidentRef.require(id));
  }

  private Map<String, @Nullable Object> shown(Caller caller, Incident incident) {
    Map<UUID, Page<TimelineEvent>> events =
        timeline.pages(
            caller, List.of(incident.id()), newestEvents(EVENTS), new ResponseSizeBudget());
    return shape.of(incident, Objects.requireNonNull(events.get(incident.id())).items());
  }
}
