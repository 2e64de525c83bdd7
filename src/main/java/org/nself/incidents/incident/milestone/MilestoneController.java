package org.nself.incidents.incident.milestone;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.RestHeaders;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.QueryParameters;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** REST API of milestones. */
@RestController
@RequestMapping(path = "/api/v1/incidents/{id}/milestones", produces = "application/json")
final class MilestoneController {

  private final MilestoneService milestones;
  private final IncidentService incidents;
  private final StrictJson json;
  private final Clock clock;

  MilestoneController(
      MilestoneService milestones, IncidentService incidents, StrictJson json, Clock clock) {
    this.milestones = milestones;
    this.incidents = incidents;
    this.json = json;
    this.clock = clock;
  }

  /** The milestones of an incident. */
  record MilestoneList(List<Milestone> milestones, @Nullable Instant firstResolvedAt) {}

  @GetMapping
  MilestoneList list(Caller caller, HttpServletRequest request, @PathVariable String id) {
    QueryParameters.rejectAny(request);
    Incident incident = incidents.get(caller, IncidentRef.require(id));
    Milestones found = milestones.find(caller, incident.id());
    return new MilestoneList(found.standing(), found.firstResolvedAt());
  }

  @PutMapping(path = "/{kind}", consumes = "application/json")
  Milestone set(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String id,
      @PathVariable String kind,
      @RequestBody byte[] body) {
    caller.requirePermission(Permission.WRITE);
    InputReader input = new InputReader(json.parseObject(body), NamingStyle.SNAKE_CASE);
    @Nullable MilestoneKind known = MilestoneKind.parse(kind);
    if (known == null) {
      throw ApiException.notFound("Milestone");
    }
    SetMilestone command = SetMilestone.read(input, IncidentRef.require(id), known, clock);
    input.check();
    Incident incident = milestones.set(caller, command, RestHeaders.idempotencyKey(request));
    return Objects.requireNonNull(milestones.find(caller, incident.id()).get(known));
  }
}
