package org.nself.incidents.incident;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.live.sse.SseConnectionFactory;
import org.nself.incidents.live.sse.SseFrame;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.QueryParameters;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/**
 * All changes of an account's incidents as Server-Sent Events. The id of each message is the cursor
 * to resume from; a browser sends it by itself when it reconnects.
 */
@RestController
@RequestMapping(path = "/api/v1/incidents", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
final class IncidentStreamController {

  private final IncidentChangeTopic changes;
  private final SseConnectionFactory connections;
  private final JsonMapper mapper;

  IncidentStreamController(
      IncidentChangeTopic changes, SseConnectionFactory connections, JsonMapper mapper) {
    this.changes = changes;
    this.connections = connections;
    this.mapper = mapper;
  }

  @GetMapping
  void changes(Caller caller, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    caller.requirePermission(Permission.READ);
    InputReader query = QueryParameters.read(request, Set.of(), Set.of(), Set.of());
    @Nullable String cursor = query.string("cursor", 1000);
    SseConnectionFactory.@Nullable LastEventId lastEventId =
        SseConnectionFactory.lastEventId(request, query);
    query.check();
    LiveService.TopicPosition<IncidentChangeTopic.ChangeEntry> from =
        lastEventId != null
            ? changes.from(caller, lastEventId.field(), lastEventId.value())
            : changes.from(caller, "cursor", cursor);
    connections.stream(
        request,
        response,
        caller,
        from,
        // A client that is disconnected before the first change resumes from here.
        SseFrame.cursor(IncidentChangeTopic.cursor(from)),
        entry -> {
          IncidentChangeTopic.IncidentChange change = entry.change();
          return SseFrame.of(change.cursor(), mapper.writeValueAsString(change));
        });
  }
}
