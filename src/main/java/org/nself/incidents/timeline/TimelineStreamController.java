package org.nself.incidents.timeline;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.sse.SseConnectionFactory;
import org.nself.incidents.live.sse.SseFrame;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
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
 * The timeline of an incident as Server-Sent Events. The id of each message is the seq to resume
 * from; a browser sends it by itself when it reconnects.
 */
@RestController
@RequestMapping(
    path = "/api/v1/incidents/{id}/timeline",
    produces = MediaType.TEXT_EVENT_STREAM_VALUE)
final class TimelineStreamController {

  private final TimelineService timeline;
  private final TimelineTopics topics;
  private final SseConnectionFactory connections;
  private final JsonMapper mapper;

  TimelineStreamController(
      TimelineService timeline,
      TimelineTopics topics,
      SseConnectionFactory connections,
      JsonMapper mapper) {
    this.timeline = timeline;
    this.topics = topics;
    this.connections = connections;
    this.mapper = mapper;
  }

  @GetMapping
  void stream(
      Caller caller,
      HttpServletRequest request,
      HttpServletResponse response,
      @PathVariable String id)
      throws IOException {
    caller.requirePermission(Permission.READ);
    InputReader query = QueryParameters.read(request, Set.of(), Set.of("after_seq"), Set.of());
    @Nullable Integer afterSeq = query.integer("afterSeq", 0, Integer.MAX_VALUE);
    SseConnectionFactory.@Nullable LastEventId lastEventId =
        SseConnectionFactory.lastEventId(request, query);
    query.check();
    int after = lastEventId != null ? seq(lastEventId) : afterSeq != null ? afterSeq : 0;
    UUID incident = timeline.incidentId(caller, IncidentRef.require(id));
    connections.stream(
        request,
        response,
        caller,
        topics.from(caller.account(), incident, after),
        "",
        entry ->
            SseFrame.of(
                String.valueOf(entry.event().seq()), mapper.writeValueAsString(entry.event())));
  }

  private static int seq(SseConnectionFactory.LastEventId lastEventId) {
    if (!lastEventId.value().matches("[0-9]{1,9}")) {
      throw ApiException.malformed(lastEventId.field(), "must be the seq of an event");
    }
    return Integer.parseInt(lastEventId.value());
  }
}
