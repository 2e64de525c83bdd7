package org.nself.incidents.incident;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.input.InputReader;

/**
 * Command to open an incident.
 *
 * @param openedAt when it began; null for now
 * @param severityGiven whether the severity was given, and is not the default
 * @param isDrill whether it is an exercise
 */
public record OpenIncident(
    String title,
    @Nullable String summary,
    Severity severity,
    @Nullable String owner,
    Map<String, String> labels,
    List<String> services,
    @Nullable String dedupKey,
    @Nullable Instant openedAt,
    // Absent from the fingerprint of a request under an idempotency key.
    @JsonIgnore boolean severityGiven,
    // Absent from the fingerprint of a request under an idempotency key where it is false.
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean isDrill) {

  public static final int MAX_TITLE = 300;
  public static final int MAX_SUMMARY = 20_000;
  static final int MAX_OWNER = 200;
  static final int MAX_SERVICES = 50;
  static final int MAX_SERVICE = 100;
  static final int MAX_DEDUP_KEY = IncidentRef.MAX_DEDUP_KEY;

  /** How far a client's clock may be ahead. */
  private static final Duration SKEW = Duration.ofMinutes(5);

  IncidentKind kind() {
    return isDrill ? IncidentKind.DRILL : IncidentKind.REAL;
  }

  static OpenIncident read(InputReader input, Clock clock) {
    String title = input.requiredString("title", MAX_TITLE);
    @Nullable String summary = input.string("summary", MAX_SUMMARY);
    @Nullable Severity severity = input.enumValue("severity", Severity::parse, Severity.ALL);
    @Nullable String owner = input.string("owner", MAX_OWNER);
    @Nullable Map<String, String> labels = input.labels("labels");
    @Nullable List<String> services = input.strings("services", MAX_SERVICES, MAX_SERVICE);
    @Nullable String dedupKey = input.string("dedupKey", MAX_DEDUP_KEY);
    @Nullable Instant openedAt = input.instant("openedAt");
    if (openedAt != null && openedAt.isAfter(clock.instant().plus(SKEW))) {
      input.reject("openedAt", "must not be in the future");
    }
    @Nullable Boolean isDrill = input.bool("isDrill");
    return new OpenIncident(
        title,
        summary,
        severity == null ? Severity.MEDIUM : severity,
        owner,
        labels == null ? Map.of() : labels,
        services == null ? List.of() : services,
        dedupKey,
        openedAt,
        severity != null,
        Boolean.TRUE.equals(isDrill));
  }
}
