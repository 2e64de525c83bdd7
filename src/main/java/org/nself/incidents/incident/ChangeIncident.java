package org.nself.incidents.incident;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.input.FieldPatch;
import org.nself.incidents.web.input.InputReader;

/**
 * What to change of an incident; all of it or nothing.
 *
 * @param expectedVersion change it only while its version is this one; null for any
 * @param status where to move it; null to leave it
 * @param reason why it is moved; only with a status
 */
public record ChangeIncident(
    IncidentRef incident,
    @Nullable Integer expectedVersion,
    FieldPatch<String> title,
    FieldPatch<String> summary,
    FieldPatch<Severity> severity,
    FieldPatch<String> owner,
    LabelChange labels,
    FieldPatch<List<String>> services,
    @Nullable IncidentStatus status,
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
   * What a client changes that knows of these fields only.
   *
   * @param status where to move it; null to leave it
   */
  public static ChangeIncident of(
      IncidentRef incident,
      FieldPatch<String> title,
      FieldPatch<String> summary,
      FieldPatch<Severity> severity,
      @Nullable IncidentStatus status,
      @Nullable String reason) {
    return new ChangeIncident(
        incident,
        null,
        title,
        summary,
        severity,
        new FieldPatch.Unchanged<>(),
        new LabelChange.Keep(),
        new FieldPatch.Unchanged<>(),
        status,
        reason);
  }

  /**
   * What a step of a runbook changes; null leaves a field as it is.
   *
   * @param labels to set; the others stay
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
        labels.isEmpty() ? new LabelChange.Keep() : new LabelChange.Merge(labels, Set.of()),
        new FieldPatch.Unchanged<>(),
        status,
        status == null ? null : reason);
  }

  /** An UpdateIncidentInput: null and absent mean the same, {@code clear} empties. */
  static ChangeIncident readUpdate(InputReader input) {
    IncidentRef incident = new IncidentRef.ById(input.requiredUuid("id"));
    @Nullable Integer expectedVersion = expectedVersion(input);
    @Nullable List<Clearable> clear =
        input.enumValues(
            "clear",
            word -> {
              try {
                return Clearable.valueOf(word);
              } catch (IllegalArgumentException e) {
                return null;
              }
            },
            List.of(Clearable.values()));
    Set<Clearable> cleared = clear == null ? Set.of() : new HashSet<>(clear);
    @Nullable Map<String, String> labels = input.labels("labels");
    Function<Clearable, Boolean> clears =
        field -> {
          String name = field.name().toLowerCase(java.util.Locale.ROOT);
          if (!cleared.contains(field)) {
            return false;
          }
          if (input.has(name)) {
            input.reject(name, "is given a value and cleared too; do one of them");
          }
          return true;
        };
    return new ChangeIncident(
        incident,
        expectedVersion,
        FieldPatch.toValue(input.string("title", OpenIncident.MAX_TITLE)),
        clears.apply(Clearable.SUMMARY)
            ? new FieldPatch.Cleared<>()
            : FieldPatch.toValue(input.string("summary", OpenIncident.MAX_SUMMARY)),
        FieldPatch.toValue(input.enumValue("severity", Severity::parse, Severity.ALL)),
        clears.apply(Clearable.OWNER)
            ? new FieldPatch.Cleared<>()
            : FieldPatch.toValue(input.string("owner", OpenIncident.MAX_OWNER)),
        clears.apply(Clearable.LABELS)
            ? new LabelChange.Replace(Map.of())
            : labels == null ? new LabelChange.Keep() : new LabelChange.Replace(labels),
        clears.apply(Clearable.SERVICES)
            ? new FieldPatch.Cleared<>()
            : FieldPatch.toValue(services(input)),
        null,
        null);
  }

  /** A TransitionIncidentInput. */
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
        new LabelChange.Keep(),
        new FieldPatch.Unchanged<>(),
        input.enumValue("status", IncidentStatus::parse, IncidentStatus.ALL),
        input.string("reason", MAX_REASON));
  }

  /** A JSON Merge Patch (RFC 7396): null empties, absent keeps. */
  static ChangeIncident readPatch(
      InputReader input, IncidentRef incident, @Nullable Integer expectedVersion) {
    @Nullable IncidentStatus status =
        input.enumValue("status", IncidentStatus::parse, IncidentStatus.ALL);
    @Nullable String reason = input.string("reason", MAX_REASON);
    if (reason != null && status == null) {
      input.reject("reason", "explains a status; give one with it");
    }
    for (String field : List.of("title", "severity", "status")) {
      if (input.isNull(field)) {
        input.reject(field, "cannot be emptied");
      }
    }
    return new ChangeIncident(
        incident,
        expectedVersion,
        FieldPatch.toValue(input.string("title", OpenIncident.MAX_TITLE)),
        patch(input, "summary", input.string("summary", OpenIncident.MAX_SUMMARY)),
        FieldPatch.toValue(input.enumValue("severity", Severity::parse, Severity.ALL)),
        patch(input, "owner", input.string("owner", OpenIncident.MAX_OWNER)),
        labelPatch(input),
        patch(input, "services", services(input)),
        status,
        reason);
  }

  private static <T> FieldPatch<T> patch(InputReader input, String field, @Nullable T value) {
    return input.isNull(field) ? new FieldPatch.Cleared<>() : FieldPatch.toValue(value);
  }

  private static LabelChange labelPatch(InputReader input) {
    if (input.isNull("labels")) {
      return new LabelChange.Replace(Map.of());
    }
    Set<String> removed = input.nullMembers("labels");
    @Nullable Map<String, String> set = input.labels("labels");
    return set == null ? new LabelChange.Keep() : new LabelChange.Merge(set, removed);
  }

  private static @Nullable List<String> services(InputReader input) {
    return input.strings("services", OpenIncident.MAX_SERVICES, OpenIncident.MAX_SERVICE);
  }

  private static @Nullable Integer expectedVersion(InputReader input) {
    return input.integer("expectedVersion", 1, Integer.MAX_VALUE);
  }
}
