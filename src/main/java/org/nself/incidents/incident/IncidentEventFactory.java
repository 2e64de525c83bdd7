package org.nself.incidents.incident;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.nself.incidents.timeline.EventKind;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.web.input.StrictJson;

/** Creates the timeline events of a change to an incident. */
final class IncidentEventFactory {

  private IncidentEventFactory() {}

  /** One event each for status, severity and owner, and one for all other fields that changed. */
  static List<NewEvent> of(
      Caller caller, Incident before, Incident after, @Nullable String reason, StrictJson json) {
    List<NewEvent> events = new ArrayList<>();
    if (before.status() != after.status()) {
      events.add(
          event(
              json,
              caller,
              after,
              EventKind.STATUS_CHANGED,
              reason,
              before.status().value(),
              after.status().value()));
    }
    if (before.severity() != after.severity()) {
      events.add(
          event(
              json,
              caller,
              after,
              EventKind.SEVERITY_CHANGED,
              null,
              before.severity().value(),
              after.severity().value()));
    }
    if (!Objects.equals(before.owner(), after.owner())) {
      events.add(
          event(json, caller, after, EventKind.OWNER_CHANGED, null, before.owner(), after.owner()));
    }
    Map<String, @Nullable Object> edits = new LinkedHashMap<>();
    edit(edits, "title", before.title(), after.title());
    edit(edits, "summary", before.summary(), after.summary());
    edit(edits, "labels", before.labels(), after.labels());
    edit(edits, "services", before.services(), after.services());
    if (!edits.isEmpty()) {
      events.add(
          NewEvent.of(after.id(), EventKind.EDITED, null, json.write(edits), caller.actor()));
    }
    return events;
  }

  private static NewEvent event(
      StrictJson json,
      Caller caller,
      Incident incident,
      EventKind kind,
      @Nullable String message,
      @Nullable String from,
      @Nullable String to) {
    return NewEvent.of(
        incident.id(), kind, message, json.write(ordered("from", from, "to", to)), caller.actor());
  }

  private static void edit(
      Map<String, @Nullable Object> edits,
      String field,
      @Nullable Object before,
      @Nullable Object after) {
    if (!Objects.equals(before, after)) {
      edits.put(field, ordered("from", before, "to", after));
    }
  }

  /** A map of alternating names and values, in this order. */
  static Map<String, @Nullable Object> ordered(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return map;
  }
}
