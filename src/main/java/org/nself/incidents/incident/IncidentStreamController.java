package org.nself.incidents.incident;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.live.sse.SseFrame;
import org.nself.incidents.security.Caller;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.TimelineTopics;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.QueryParameters;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/**
 * Following incidents by Server-Sent Events. The id of each message is where to go on; a browser
 * sends it by itself when it connects again.
 */
@RestController
@RequestMapping(path = "/api/v1/incidents", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
final class IncidentStreamController {

  private final IncidentService incidents;
  private final TimelineTopics timelines;
  private final IncidentChangeTopic changes;
  private final LiveService live;
  private final JsonMapper mapper;

  IncidentStreamController(
      IncidentService incidents,
      TimelineTopics timelines,
      IncidentChangeTopic changes,
      LiveService live,
      JsonMapper mapper) {
    this.incidents = incidents;
    this.timelines = timelines;
    this.changes = changes;
    this.live = live;
    this.mapper = mapper;
  }

  @GetMapping("/{id}/timeline")
  void timeline(
      Caller caller,
      HttpServletRequest request,
      HttpServletResponse response,
      @PathVariable String id)
      throws IOException {
    InputReader query = QueryParameters.read(request, Set.of(), Set.of("after_seq"), Set.of());
    @Nullable Integer afterSeq = query.integer("afterSeq", 0, Integer.MAX_VALUE);
    query.check();
    @Nullable String lastEventId = lastEventId(request);
    long after = lastEventId != null ? seq(lastEventId) : afterSeq != null ? afterSeq : 0;
    UUID incident = incidents.get(caller, IncidentRef.require(id)).id();
    live.stream(
        request,
        response,
        caller,
        new LiveService.TopicPosition<>(timelines.of(caller.account(), incident), after),
        "",
        entry ->
            SseFrame.of(
                String.valueOf(entry.event().seq()), mapper.writeValueAsString(entry.event())));
  }

  @GetMapping
  void changes(Caller caller, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    InputReader query = QueryParameters.read(request, Set.of(), Set.of(), Set.of());
    @Nullable String cursor = query.string("cursor", 1000);
    query.check();
    @Nullable String lastEventId = lastEventId(request);
    LiveService.TopicPosition<IncidentChangeTopic.Entry> from =
        lastEventId != null
            ? changes.from(caller, "Last-Event-ID", lastEventId)
            : changes.from(caller, "cursor", cursor);
    live.stream(
        request,
        response,
        caller,
        from,
        // A browser that is cut off before the first change goes on from here.
        SseFrame.idOnly(IncidentChangeTopic.cursor(from)),
        entry -> {
          IncidentChange change = entry.change();
          return SseFrame.of(change.cursor(), mapper.writeValueAsString(change));
        });
  }

  /** Where the client stopped; it counts before the address, which stays as it was at first. */
  private static @Nullable String lastEventId(HttpServletRequest request) {
    @Nullable String id = request.getHeader("Last-Event-ID");
    return id == null || id.isEmpty() ? null : id;
  }

  private static int seq(String lastEventId) {
    if (!lastEventId.matches("[0-9]{1,9}")) {
      throw ApiException.malformed("Last-Event-ID", "must be the seq of an event");
    }
    return Integer.parseInt(lastEventId);
  }
}
