package org.nself.incidents.incident;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.input.FieldPatch;
import org.nself.incidents.web.input.InputReader;

/**
 * Command to change fields and status of an incident, atomically.
 *
 * @param expectedVersion the version that the incident must have; null for any
 * @param status the status to move it to; null to leave it
 * @param unlessIn with a status: the current statuses in which the incident stays as it is
 * @param reason why it is moved; only with a status
 */
public record ChangeIncident(
    IncidentRef incident,
    @Nullable Integer expectedVersion,
    FieldPatch<String> title,
    FieldPatch<String> summary,
    FieldPatch<Severity> severity,
    FieldPatch<String> owner,
    LabelPatch labels,
    FieldPatch<List<String>> services,
    @Nullable IncidentStatus status,
    // Absent from the fingerprint of a request under an idempotency key where it is not used.
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<IncidentStatus> unlessIn,
    @Nullable String reason) {

  public static final int MAX_REASON = 2_000;

  /** The fields that GraphQL's {@code clear} can empty. */
  private enum Clearable {
    SUMMARY,
    OWNER,
    LABELS,
    SERVICES
  }

  /**
   * For clients that know these fields only.
   *
   * @param status the status to move it to; null to leave it
   * @param unlessIn the current statuses in which the incident stays as it is
   */
  public static ChangeIncident of(
      IncidentRef incident,
      FieldPatch<String> title,
      FieldPatch<String> summary,
      FieldPatch<Severity> severity,
      @Nullable IncidentStatus status,
      List<IncidentStatus> unlessIn,
      @Nullable String reason) {
    return new ChangeIncident(
        incident,
        null,
        title,
        summary,
        severity,
        new FieldPatch.Unchanged<>(),
        new LabelPatch.Unchanged(),
        new FieldPatch.Unchanged<>(),
        status,
        unlessIn,
        reason);
  }

  /**
   * For a runbook step; null leaves a field as it is.
   *
   * @param labels labels to set; the others stay
   */
  public static ChangeIncident ofRunbook(
      IncidentRef incident,
      @Nullable Severity severity,
      @Nullable String owner,
      Map<String, String> labels,
      @Nullable IncidentStatus status,
      String reason) {
    return new ChangeIncident(
        incident,
        null,
        new FieldPatch.Unchanged<>(),
        new FieldPatch.Unchanged<>(),
        FieldPatch.toValue(severity),
        FieldPatch.toValue(owner),
        labels.isEmpty() ? new LabelPatch.Unchanged() : new LabelPatch.Merge(labels, Set.of()),
        new FieldPatch.Unchanged<>(),
        status,
        List.of(),
        status == null ? null : reason);
  }

  /** Parses an UpdateIncidentInput: null and absent mean the same, {@code clear} empties fields. */
  static ChangeIncident readUpdate(InputReader input) {
    IncidentRef incident = new IncidentRef.ById(input.requiredUuid("id"));
    @Nullable Integer expectedVersion = expectedVersion(input);
    @Nullable List<Clearable> clear = input.enumValues("clear", Clearable.class);
    Set<Clearable> cleared = clear == null ? Set.of() : new HashSet<>(clear);
    @Nullable Map<String, String> labels = input.labels("labels");
    for (Clearable field : cleared) {
      String name = field.name().toLowerCase(Locale.ROOT);
      if (input.has(name)) {
        input.reject(name, "has a value and is in clear; remove one of them");
      }
    }
    return new ChangeIncident(
        incident,
        expectedVersion,
        FieldPatch.toValue(input.nonBlankString("title", OpenIncident.MAX_TITLE)),
        cleared.contains(Clearable.SUMMARY)
            ? new FieldPatch.Cleared<>()
            : FieldPatch.toValue(input.string("summary", OpenIncident.MAX_SUMMARY)),
        FieldPatch.toValue(input.enumValue("severity", Severity::parse, Severity.ALL)),
        cleared.contains(Clearable.OWNER)
            ? new FieldPatch.Cleared<>()
            : FieldPatch.toValue(input.string("owner", OpenIncident.MAX_OWNER)),
        cleared.contains(Clearable.LABELS)
            ? new LabelPatch.Replace(Map.of())
            : labels == null ? new LabelPatch.Unchanged() : new LabelPatch.Replace(labels),
        cleared.contains(Clearable.SERVICES)
            ? new FieldPatch.Cleared<>()
            : FieldPatch.toValue(services(input)),
        null,
        List.of(),
        null);
  }

  /** Parses a TransitionIncidentInput. */
  static ChangeIncident readTransition(InputReader input) {
    if (!input.has("status")) {
      input.reject("status", "is required");
    }
    return new ChangeIncident(
        new IncidentRef.ById(input.requiredUuid("id")),
        expectedVersion(input),
        new FieldPatch.Unchanged<>(),
        new FieldPatch.Unchanged<>(),
        new FieldPatch.Unchanged<>(),
        new FieldPatch.Unchanged<>(),
        new LabelPatch.Unchanged(),
        new FieldPatch.Unchanged<>(),
        input.enumValue("status", IncidentStatus::parse, IncidentStatus.ALL),
        List.of(),
        input.string("reason", MAX_REASON));
  }

  /** Parses a JSON Merge Patch (RFC 7396): null empties a field, an absent one stays. */
  static ChangeIncident readPatch(
      InputReader input, IncidentRef incident, @Nullable Integer expectedVersion) {
    @Nullable IncidentStatus status =
        input.enumValue("status", IncidentStatus::parse, IncidentStatus.ALL);
    @Nullable String reason = input.string("reason", MAX_REASON);
    if (reason != null && status == null) {
      input.reject("reason", "is only allowed together with status");
    }
    for (String field : List.of("title", "severity", "status")) {
      if (input.isNull(field)) {
        input.reject(field, "cannot be null");
      }
    }
    return new ChangeIncident(
        incident,
        expectedVersion,
        FieldPatch.toValue(input.nonBlankString("title", OpenIncident.MAX_TITLE)),
        patch(input, "summary", input.string("summary", OpenIncident.MAX_SUMMARY)),
        FieldPatch.toValue(input.enumValue("severity", Severity::parse, Severity.ALL)),
        patch(input, "owner", input.string("owner", OpenIncident.MAX_OWNER)),
        labelPatch(input),
        patch(input, "services", services(input)),
        status,
        List.of(),
        reason);
  }

  private static <T> FieldPatch<T> patch(InputReader input, String field, @Nullable T value) {
    return input.isNull(field) ? new FieldPatch.Cleared<>() : FieldPatch.toValue(value);
  }

  private static LabelPatch labelPatch(InputReader input) {
    if (input.isNull("labels")) {
      return new LabelPatch.Replace(Map.of());
    }
    Set<String> removed = input.nullMembers("labels");
    @Nullable Map<String, String> set = input.labels("labels");
    return set == null ? new LabelPatch.Unchanged() : new LabelPatch.Merge(set, removed);
  }

  private static @Nullable List<String> services(InputReader input) {
    return input.strings("services", OpenIncident.MAX_SERVICES, OpenIncident.MAX_SERVICE);
  }

  private static @Nullable Integer expectedVersion(InputReader input) {
    return input.integer("expectedVersion", 1, Integer.MAX_VALUE);
  }

  /** What to do with the labels. */
  public sealed interface LabelPatch {

    record Unchanged() implements LabelPatch {}

    record Replace(Map<String, String> labels) implements LabelPatch {}

    /** A JSON Merge Patch (RFC 7396) of the object: sets some, removes some, keeps the others. */
    record Merge(Map<String, String> set, Set<String> removed) implements LabelPatch {}

    default Map<String, String> apply(Map<String, String> before) {
      return switch (this) {
        case Unchanged() -> before;
        case Replace(Map<String, String> labels) -> labels;
        case Merge(Map<String, String> set, Set<String> removed) -> {
          Map<String, String> after = new TreeMap<>(before);
          after.keySet().removeAll(removed);
          after.putAll(set);
          yield after;
        }
      };
    }
  }
}
