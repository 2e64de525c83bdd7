package org.nself.incidents.incident;

import java.util.List;
import org.nself.incidents.timeline.TimelineEvent;
import org.nself.incidents.web.ETags;

/**
 * The entity tags of an incident: {@code "version"} of what a change answers, {@code
 * "version.occurrences.seq"} of the detail with its newest events.
 */
final class IncidentETag {

  private IncidentETag() {}

  static String of(Incident incident) {
    return ETags.of(incident.version());
  }

  static String of(Incident incident, List<TimelineEvent> newest) {
    return "\"%d.%d.%d\""
        .formatted(
            incident.version(),
            incident.occurrences(),
            newest.isEmpty() ? 0 : newest.getLast().seq());
  }
}
