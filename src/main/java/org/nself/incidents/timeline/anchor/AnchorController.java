package org.nself.incidents.timeline.anchor;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.QueryParameters;
import org.nself.incidents.web.paging.PageRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Signed statements of the timelines of an account. */
@RestController
@RequestMapping(path = "/api/v1/timeline-anchors", produces = "application/json")
final class AnchorController {

  private final AnchorService anchors;

  AnchorController(AnchorService anchors) {
    this.anchors = anchors;
  }

  @GetMapping
  AnchorService.AnchorPage list(Caller caller, HttpServletRequest request) {
    caller.requirePermission(Permission.READ);
    InputReader query = QueryParameters.read(request, Set.of(), Set.of("limit"), Set.of());
    @Nullable UUID incident = query.uuid("incidentId");
    PageRequest page = PageRequest.of(query);
    query.check();
    return anchors.page(caller, incident, page);
  }

  @GetMapping("/keys")
  Map<String, Object> keys(Caller caller, HttpServletRequest request) {
    QueryParameters.rejectAny(request);
    return anchors.keys(caller);
  }
}
