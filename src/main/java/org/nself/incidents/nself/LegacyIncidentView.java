package org.nself.incidents.nself;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentStatus;
import org.nself.incidents.incident.Severity;
import org.nself.incidents.timeline.TimelineEvent;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;

/**
 * JSON representation of an incident for both clients: the gateway reads the members in snake_case,
 * the admin page those in camelCase.
 */
final class LegacyIncidentView {

  private final StrictJson json;

  LegacyIncidentView(StrictJson json) {
    this.json = json;
  }

  /**
   * @param events the newest events, oldest first
   */
  Map<String, @Nullable Object> of(Incident incident, List<TimelineEvent> events) {
    IncidentStatus status = incident.status();
    @Nullable Instant resolvedAt =
        incident.resolvedAt() == null ? incident.closedAt() : incident.resolvedAt();
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("id", incident.id());
    members.put("number", incident.number());
    members.put("title", incident.title());
    members.put("description", incident.summary());
    members.put("severity", incident.severity());
    members.put("state", LegacyState.forGateway(status));
    members.put("status", LegacyState.forAdminPage(status));
    putBothSpellings(members, "sentryStatus", sentryStatus(incident));
    putBothSpellings(members, "createdAt", incident.openedAt());
    putBothSpellings(members, "acknowledgedAt", incident.acknowledgedAt());
    putBothSpellings(members, "resolvedAt", resolvedAt);
    putBothSpellings(members, "updatedAt", incident.updatedAt());
    members.put("assignees", incident.owner() == null ? List.of() : List.of(incident.owner()));
    putBothSpellings(members, "affectedComponents", incident.services());
    members.put("timeline", events.stream().map(this::event).toList());
    return members;
  }

  private static void putBothSpellings(
      Map<String, @Nullable Object> members, String name, @Nullable Object value) {
    members.put(NamingStyle.SNAKE_CASE.field(name), value);
    members.put(name, value);
  }

  /** The component status that a status page shows while this incident lasts. */
  private static String sentryStatus(Incident incident) {
    return LegacyState.RESOLVED.covers(incident.status()) || incident.severity() == Severity.INFO
        ? "operational"
        : switch (incident.severity()) {
          case CRITICAL -> "major_outage";
          case HIGH -> "partial_outage";
          case MEDIUM, LOW, INFO -> "degraded";
        };
  }

  private Map<String, @Nullable Object> event(TimelineEvent event) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("id", event.id());
    members.put("kind", event.kind());
    members.put("type", type(event));
    members.put("message", message(event));
    members.put("actor", event.actor());
    members.put("author", event.actor());
    members.put("occurred_at", event.occurredAt());
    members.put("at", event.occurredAt());
    return members;
  }

  /** One of the three types that the admin page knows: opened, update, resolved. */
  private String type(TimelineEvent event) {
    return switch (event.kind()) {
      case "opened" -> "opened";
      case "status_changed" -> {
        @Nullable IncidentStatus to = IncidentStatus.parse(String.valueOf(data(event).get("to")));
        yield to != null && LegacyState.RESOLVED.covers(to) ? "resolved" : "update";
      }
      default -> "update";
    };
  }

  /** Never null, because the admin page displays it unchecked. */
  private String message(TimelineEvent event) {
    if (event.message() != null) {
      return event.message();
    }
    String text = event.kind().replace('_', ' ').replace('.', ' ').toLowerCase(Locale.ROOT);
    @Nullable Object to = data(event).get("to");
    return to instanceof String value ? text + " to " + value : text;
  }

  private Map<String, @Nullable Object> data(TimelineEvent event) {
    @Nullable RawJson data = event.data();
    return data == null || !data.text().startsWith("{") ? Map.of() : json.read(data);
  }
}
