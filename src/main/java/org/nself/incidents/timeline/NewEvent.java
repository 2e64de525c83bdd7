package org.nself.incidents.timeline;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.RawJson;

/**
 * An event to append.
 *
 * @param occurredAt when it happened; null for now, by the clock of the database
 */
public record NewEvent(
    UUID incidentId,
    String kind,
    @Nullable String message,
    @Nullable RawJson data,
    String actor,
    @Nullable Instant occurredAt,
    @Nullable Integer supersedes) {

  /** An event of the system that happens now. */
  public static NewEvent of(
      UUID incidentId,
      EventKind kind,
      @Nullable String message,
      @Nullable RawJson data,
      String actor) {
    return new NewEvent(incidentId, kind.value(), message, data, actor, null, null);
  }
}
