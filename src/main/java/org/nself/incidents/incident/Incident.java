package org.nself.incidents.incident;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An incident: something that is or may be broken.
 *
 * @param kind whether it is real or an exercise
 * @param number counts the account's incidents from 1
 * @param dedupKey a new report with the same key raises {@code occurrences} while this is
 *     unfinished
 * @param mergedInto null unless the status is merged
 * @param version incremented by every change; not by a repeated report
 */
public record Incident(
    UUID id,
    int number,
    IncidentKind kind,
    String title,
    @Nullable String summary,
    Severity severity,
    IncidentStatus status,
    @Nullable String owner,
    @Nullable String openedBy,
    Map<String, String> labels,
    List<String> services,
    @Nullable String dedupKey,
    int occurrences,
    @Nullable UUID mergedInto,
    int version,
    int reopenCount,
    Instant openedAt,
    @Nullable Instant acknowledgedAt,
    @Nullable Instant mitigatedAt,
    @Nullable Instant resolvedAt,
    @Nullable Instant closedAt,
    Instant updatedAt) {

  @JsonProperty("available_transitions")
  public List<IncidentStatus> availableTransitions() {
    return status.transitions();
  }

  /** A copy with other values in the fields that people edit. */
  Incident with(
      String title,
      @Nullable String summary,
      Severity severity,
      @Nullable String owner,
      Map<String, String> labels,
      List<String> services) {
    return with(title, summary, severity, status, owner, labels, services, mergedInto);
  }

  /** A copy in another status. The database sets the timestamps of the transition. */
  Incident withStatus(IncidentStatus status, @Nullable UUID mergedInto) {
    return with(title, summary, severity, status, owner, labels, services, mergedInto);
  }

  private Incident with(
      String title,
      @Nullable String summary,
      Severity severity,
      IncidentStatus status,
      @Nullable String owner,
      Map<String, String> labels,
      List<String> services,
      @Nullable UUID mergedInto) {
    return new Incident(
        id,
        number,
        kind,
        title,
        summary,
        severity,
        status,
        owner,
        openedBy,
        labels,
        services,
        dedupKey,
        occurrences,
        mergedInto,
        version,
        reopenCount,
        openedAt,
        acknowledgedAt,
        mitigatedAt,
        resolvedAt,
        closedAt,
        updatedAt);
  }
}
