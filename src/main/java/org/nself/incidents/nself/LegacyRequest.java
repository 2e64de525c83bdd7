package org.nself.incidents.nself;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.ChangeIncident;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.incident.OpenIncident;
import org.nself.incidents.incident.Severity;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.input.FieldPatch;
import org.nself.incidents.web.input.InputReader;

/** What those clients send, read into the commands of the services. */
final class LegacyRequest {

  private LegacyRequest() {}

  /** {@code title}, {@code description}, {@code severity}. */
  static OpenIncident open(InputReader input) {
    String title = input.requiredString("title", OpenIncident.MAX_TITLE);
    @Nullable String description = input.string("description", OpenIncident.MAX_SUMMARY);
    @Nullable Severity severity = severity(input);
    input.check();
    return new OpenIncident(
        title,
        description,
        severity == null ? Severity.MEDIUM : severity,
        null,
        Map.of(),
        List.of(),
        null,
        null);
  }

  /**
   * {@code title}, {@code description}, {@code severity}, and the gateway's {@code state} or the
   * admin page's {@code status}, with a {@code reason}. An incident that is called so already is
   * not moved: one that is closed stays closed when it is said to be resolved.
   */
  static ChangeIncident change(InputReader input, Incident incident) {
    @Nullable String title = input.string("title", OpenIncident.MAX_TITLE);
    @Nullable String description = input.string("description", OpenIncident.MAX_SUMMARY);
    @Nullable Severity severity = severity(input);
    @Nullable LegacyState state = input.enumValue("state", LegacyState.class);
    @Nullable LegacyState status = input.enumValue("status", LegacyState.class);
    if (state != null && status != null) {
      input.reject("status", "cannot be combined with state; give one of them");
    }
    @Nullable String reason = input.string("reason", ChangeIncident.MAX_REASON);
    input.check();
    @Nullable LegacyState wanted = state == null ? status : state;
    return ChangeIncident.of(
        new IncidentRef.ById(incident.id()),
        FieldPatch.toValue(title),
        input.isNull("description") ? new FieldPatch.Cleared<>() : FieldPatch.toValue(description),
        FieldPatch.toValue(severity),
        wanted == null || wanted.covers(incident.status()) ? null : wanted.target(),
        reason);
  }

  /** Moves an incident; the body, if there is one, gives the {@code reason}. */
  static ChangeIncident move(InputReader input, Incident incident, IncidentStatus status) {
    @Nullable String reason = input.string("reason", ChangeIncident.MAX_REASON);
    input.check();
    return ChangeIncident.of(
        new IncidentRef.ById(incident.id()),
        new FieldPatch.Unchanged<>(),
        new FieldPatch.Unchanged<>(),
        new FieldPatch.Unchanged<>(),
        status,
        reason);
  }

  private static @Nullable Severity severity(InputReader input) {
    return input.enumValue("severity", Severity::parse, List.of(Severity.values()));
  }
}
