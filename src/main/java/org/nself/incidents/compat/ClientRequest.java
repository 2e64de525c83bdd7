package org.nself.incidents.compat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Change;
import org.nself.incidents.api.Input;
import org.nself.incidents.incident.ChangeIncident;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentKey;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.incident.OpenIncident;
import org.nself.incidents.incident.Severity;

/** What those clients send, read into the commands of the services. */
final class ClientRequest {

  private ClientRequest() {}

  /** {@code title}, {@code description}, {@code severity}. */
  static OpenIncident open(Input input) {
    String title = input.requiredText("title", OpenIncident.MAX_TITLE);
    @Nullable String description = input.text("description", OpenIncident.MAX_SUMMARY);
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
  static ChangeIncident change(Input input, Incident incident) {
    @Nullable String title = input.text("title", OpenIncident.MAX_TITLE);
    @Nullable String description = input.text("description", OpenIncident.MAX_SUMMARY);
    @Nullable Severity severity = severity(input);
    @Nullable ClientState state = input.choice("state", ClientState.class);
    @Nullable ClientState status = input.choice("status", ClientState.class);
    if (state != null && status != null) {
      input.reject("status", "cannot be combined with state; give one of them");
    }
    @Nullable String reason = input.text("reason", ChangeIncident.MAX_REASON);
    input.check();
    @Nullable ClientState wanted = state == null ? status : state;
    return ChangeIncident.of(
        new IncidentKey.ById(incident.id()),
        Change.toValue(title),
        input.isNull("description") ? new Change.Clear<>() : Change.toValue(description),
        Change.toValue(severity),
        wanted == null || wanted.covers(incident.status()) ? null : wanted.target(),
        reason);
  }

  /** Moves an incident; the body, if there is one, gives the {@code reason}. */
  static ChangeIncident move(Input input, Incident incident, IncidentStatus status) {
    @Nullable String reason = input.text("reason", ChangeIncident.MAX_REASON);
    input.check();
    return ChangeIncident.of(
        new IncidentKey.ById(incident.id()),
        new Change.Keep<>(),
        new Change.Keep<>(),
        new Change.Keep<>(),
        status,
        reason);
  }

  private static @Nullable Severity severity(Input input) {
    return input.choice("severity", Severity::named, List.of(Severity.values()));
  }
}
