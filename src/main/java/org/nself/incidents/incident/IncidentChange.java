package org.nself.incidents.incident;

import org.jspecify.annotations.Nullable;
import org.nself.incidents.timeline.TimelineEvent;

/**
 * Something that happened in one of the account's incidents.
 *
 * @param cursor where to go on after it
 * @param event what happened; null where this only says where following begins
 * @param incident the incident as it was when this was read, which is after the event; null with
 *     the event
 */
public record IncidentChange(
    String cursor, @Nullable TimelineEvent event, @Nullable Incident incident) {}
