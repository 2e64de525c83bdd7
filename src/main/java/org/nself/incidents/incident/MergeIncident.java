package org.nself.incidents.incident;

import org.jspecify.annotations.Nullable;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.input.InputReader;

/**
 * What to merge into what.
 *
 * @param incident the one that ends
 * @param into the one that goes on
 * @param expectedVersion merge only while the version of the first is this one; null for any
 */
public record MergeIncident(
    IncidentRef incident,
    IncidentRef into,
    @Nullable String reason,
    @Nullable Integer expectedVersion) {

  /** A body of REST: {@code into} is an id or a number. */
  static MergeIncident readInto(
      InputReader input, IncidentRef incident, @Nullable Integer expectedVersion) {
    @Nullable IncidentRef into = null;
    if (input.value("into") instanceof Integer number && number > 0) {
      into = new IncidentRef.ByNumber(number);
    } else if (input.value("into") instanceof String text) {
      into = IncidentRef.parse(text);
    }
    if (into == null) {
      input.reject("into", "must be the id or the number of the incident to merge into");
    }
    return new MergeIncident(
        incident,
        into == null ? incident : into,
        input.string("reason", ChangeIncident.MAX_REASON),
        expectedVersion);
  }

  /** A MergeIncidentInput. */
  static MergeIncident read(InputReader input) {
    IncidentRef incident = new IncidentRef.ById(input.requiredUuid("id"));
    IncidentRef into = new IncidentRef.ById(input.requiredUuid("intoId"));
    if (into.equals(incident) && input.has("intoId")) {
      // The service finds this too, but knows only REST's name of the field.
      input.reject("intoId", "must be another incident than the one that is merged");
    }
    return new MergeIncident(
        incident,
        into,
        input.string("reason", ChangeIncident.MAX_REASON),
        input.integer("expectedVersion", 1, Integer.MAX_VALUE));
  }
}
