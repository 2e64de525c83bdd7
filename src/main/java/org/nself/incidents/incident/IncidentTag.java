package org.nself.incidents.incident;

import java.util.List;
import org.nself.incidents.api.EntityTag;
import org.nself.incidents.timeline.TimelineEvent;

/**
 * The entity tags of an incident: {@code "version"} of what a change answers, {@code
 * "version.occurrences.seq"} of the detail with its newest events.
 */
final class IncidentTag {

  private IncidentTag() {}

  static String of(Incident incident) {
    return EntityTag.of(incident.version());
  }

  static String of(Incident incident, List<TimelineEvent> newest) {
    return "\"%d.%d.%d\""
        .formatted(
            incident.version(),
            incident.occurrences(),
            newest.isEmpty() ? 0 : newest.getLast().seq());
  }
}
