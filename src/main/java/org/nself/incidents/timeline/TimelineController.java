package org.nself.incidents.timeline;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.timeline.anchor.AnchorSigner;
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
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The timeline of an incident in REST. */
@RestController
@RequestMapping(path = "/api/v1/incidents/{id}/timeline", produces = "application/json")
final class TimelineController {

  private final TimelineService timeline;
  private final StrictJson json;
  private final Clock clock;

  TimelineController(TimelineService timeline, StrictJson json, Clock clock) {
    this.timeline = timeline;
    this.json = json;
    this.clock = clock;
  }

  /** A part of a timeline. */
  record TimelineList(List<TimelineEvent> timeline, @Nullable Integer nextAfterSeq) {}

  @GetMapping
  TimelineList list(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id) {
    caller.requirePermission(Permission.READ);
    InputReader query =
        QueryParameters.read(request, Set.of(), Set.of("after_seq", "limit"), Set.of());
    TimelinePage wanted = TimelinePage.read(query);
    query.check();
    UUID incident = timeline.incidentId(caller, IncidentRef.require(id));
    Page<TimelineEvent> page =
        Objects.requireNonNull(
            timeline.pages(caller, List.of(incident), wanted, budget).get(incident));
    return new TimelineList(
        page.items(), page.hasNext() ? (Integer) page.items().getLast().seq() : null);
  }

  @PostMapping(consumes = "application/json")
  ResponseEntity<TimelineEvent> add(
      Caller caller,
      HttpServletRequest request,
      ResponseSizeBudget budget,
      @PathVariable String id,
      @RequestBody byte[] body) {
    caller.requirePermission(Permission.WRITE);
    InputReader input = new InputReader(json.parseObject(body), NamingStyle.SNAKE_CASE);
    AddTimelineEvent event = AddTimelineEvent.read(input, new UUID(0, 0), json, clock);
    input.check();
    // An id is not looked up: appending fails where no incident has the id.
    UUID incident =
        switch (IncidentRef.require(id)) {
          case IncidentRef.ById(UUID known) -> known;
          case IncidentRef other -> timeline.incidentId(caller, other);
        };
    TimelineEvent added =
        timeline.add(caller, event.forIncident(incident), RestHeaders.idempotencyKey(request));
    budget.hold(TimelineTopics.weight(added));
    return ResponseEntity.status(HttpStatus.CREATED).body(added);
  }

  @GetMapping("/verification")
  TimelineVerification verify(Caller caller, HttpServletRequest request, @PathVariable String id) {
    caller.requirePermission(Permission.READ);
    InputReader query = QueryParameters.read(request, Set.of(), Set.of(), Set.of());
    @Nullable String anchor = query.string("anchor", AnchorSigner.MAX_STATEMENT_LENGTH);
    query.check();
    UUID incident = timeline.incidentId(caller, IncidentRef.require(id));
    return Objects.requireNonNull(timeline.verify(caller, List.of(incident), anchor).get(incident));
  }
}
