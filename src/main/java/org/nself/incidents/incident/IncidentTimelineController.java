package org.nself.incidents.incident;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.nself.incidents.timeline.AddTimelineEvent;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.ResponseSizeBudget;
import org.nself.incidents.timeline.TimelineEvent;
import org.nself.incidents.timeline.TimelinePage;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.timeline.TimelineVerification;
import org.nself.incidents.web.RestHeaders;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.QueryParameters;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The timeline of an incident in REST. Here and not in the timeline's room, because an incident is
 * found by its number too.
 */
@RestController
@RequestMapping(path = "/api/v1/incidents/{id}/timeline", produces = "application/json")
final class IncidentTimelineController {

  private final IncidentService incidents;
  private final TimelineService timeline;
  private final StrictJson json;
  private final Clock clock;

  IncidentTimelineController(
      IncidentService incidents, TimelineService timeline, StrictJson json, Clock clock) {
    this.incidents = incidents;
    this.timeline = timeline;
    this.json = json;
    this.clock = clock;
  }

  @JsonClassDescription("A part of a timeline.")
  record TimelineList(
      @JsonPropertyDescription("The events, in ascending order of `seq`.")
          List<TimelineEvent> timeline,
      @JsonPropertyDescription(
              "To be given as `after_seq` to go on; null where nothing follows now.")
          @Nullable Integer nextAfterSeq) {}

  @GetMapping
  TimelineList list(Caller caller, HttpServletRequest request, @PathVariable String id) {
    InputReader query =
        QueryParameters.read(request, Set.of(), Set.of("after_seq", "limit"), Set.of());
    TimelinePage wanted = TimelinePage.read(query);
    query.check();
    UUID incident = incident(caller, id);
    Page<TimelineEvent> page =
        Objects.requireNonNull(
            timeline
                .pages(caller, List.of(incident), wanted, new ResponseSizeBudget())
                .get(incident));
    return new TimelineList(
        page.items(), page.hasNext() ? (Integer) page.items().getLast().seq() : null);
  }

  @PostMapping(consumes = "application/json")
  ResponseEntity<TimelineEvent> add(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String id,
      @RequestBody byte[] body) {
    InputReader input = new InputReader(json.parseObject(body), NamingStyle.SNAKE_CASE);
    AddTimelineEvent event = AddTimelineEvent.read(input, new UUID(0, 0), json, clock);
    input.check();
    TimelineEvent added =
        timeline.add(
            caller, event.forIncident(idOf(caller, id)), RestHeaders.idempotencyKey(request));
    return ResponseEntity.status(HttpStatus.CREATED).body(added);
  }

  @GetMapping("/verification")
  TimelineVerification verify(Caller caller, HttpServletRequest request, @PathVariable String id) {
    QueryParameters.rejectAny(request);
    UUID incident = incident(caller, id);
    return Objects.requireNonNull(timeline.verify(caller, List.of(incident)).get(incident));
  }

  /** Read, because an absent incident would look like an empty one. */
  private UUID incident(Caller caller, String id) {
    return incidents.get(caller, IncidentRef.require(id)).id();
  }

  /** Read only where the path has the number: the statement that follows finds out the rest. */
  private UUID idOf(Caller caller, String id) {
    return switch (IncidentRef.require(id)) {
      case IncidentRef.ById(UUID known) -> known;
      case IncidentRef.ByNumber number -> incidents.get(caller, number).id();
    };
  }
}
