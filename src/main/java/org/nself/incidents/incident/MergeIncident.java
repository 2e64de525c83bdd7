package org.nself.incidents.incident;

import org.jspecify.annotations.Nullable;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.input.InputReader;

/**
 * Command to merge an incident into another one.
 *
 * @param incident the incident that ends
 * @param into the incident that continues
 * @param expectedVersion the version that the ending incident must have; null for any
 */
public record MergeIncident(
    IncidentRef incident,
    IncidentRef into,
    @Nullable String reason,
    @Nullable Integer expectedVersion) {

  /** Parses a REST body: {@code into} is an id or a number. */
  static MergeIncident readInto(
      InputReader input, IncidentRef incident, @Nullable Integer expectedVersion) {
    @Nullable IncidentRef into = null;
    if (input.value("into") instanceof Integer number && number > 0) {
      into = new IncidentRef.ByNumber(number);
    } else if (input.value("into") instanceof String text) {
      into = IncidentRef.parse(text);
    }
    if (into == null) {
      input.reject("into", "must be the id or number of the incident to merge into");
    }
    return new MergeIncident(
        incident,
        into == null ? incident : into,
        input.string("reason", ChangeIncident.MAX_REASON),
        expectedVersion);
  }

  /** Parses a MergeIncidentInput. */
  static MergeIncident read(InputReader input) {
    IncidentRef incident = new IncidentRef.ById(input.requiredUuid("id"));
    IncidentRef into = new IncidentRef.ById(input.requiredUuid("intoId"));
    if (into.equals(incident) && input.has("intoId")) {
      // The service checks this too, but reports REST's name of the field.
      input.reject("intoId", "must be a different incident");
    }
    return new MergeIncident(
        incident,
        into,
        input.string("reason", ChangeIncident.MAX_REASON),
        input.integer("expectedVersion", 1, Integer.MAX_VALUE));
  }
}
