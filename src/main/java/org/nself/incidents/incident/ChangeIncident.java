package org.nself.incidents.incident;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Change;
import org.nself.incidents.api.Input;

/**
 * What to change of an incident; all of it or nothing.
 *
 * @param expectedVersion change it only while its version is this one; null for any
 * @param status where to move it; null to leave it
 * @param reason why it is moved; only with a status
 */
public record ChangeIncident(
    IncidentKey incident,
    @Nullable Integer expectedVersion,
    Change<String> title,
    Change<String> summary,
    Change<Severity> severity,
    Change<String> owner,
    LabelChange labels,
    Change<List<String>> services,
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
      IncidentKey incident,
      Change<String> title,
      Change<String> summary,
      Change<Severity> severity,
      @Nullable IncidentStatus status,
      @Nullable String reason) {
    return new ChangeIncident(
        incident,
        null,
        title,
        summary,
        severity,
        new Change.Keep<>(),
        new LabelChange.Keep(),
        new Change.Keep<>(),
        status,
        reason);
  }

  /**
   * What a step of a runbook changes; null leaves a field as it is.
   *
   * @param labels to set; the others stay
   */
  public static ChangeIncident ofRunbook(
      IncidentKey incident,
      @Nullable Severity severity,
      @Nullable String owner,
      Map<String, String> labels,
      @Nullable IncidentStatus status,
      String reason) {
    return new ChangeIncident(
        incident,
        null,
        new Change.Keep<>(),
        new Change.Keep<>(),
        Change.toValue(severity),
        Change.toValue(owner),
        labels.isEmpty() ? new LabelChange.Keep() : new LabelChange.Merge(labels, Set.of()),
        new Change.Keep<>(),
        status,
        status == null ? null : reason);
  }

  /** An UpdateIncidentInput: null and absent mean the same, {@code clear} empties. */
  static ChangeIncident readUpdate(Input input) {
    IncidentKey incident = new IncidentKey.ById(input.requiredUuid("id"));
    @Nullable Integer expectedVersion = expectedVersion(input);
    @Nullable List<Clearable> clear =
        input.choices(
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
        Change.toValue(input.text("title", OpenIncident.MAX_TITLE)),
        clears.apply(Clearable.SUMMARY)
            ? new Change.Clear<>()
            : Change.toValue(input.text("summary", OpenIncident.MAX_SUMMARY)),
        Change.toValue(input.choice("severity", Severity::named, Severity.ALL)),
        clears.apply(Clearable.OWNER)
            ? new Change.Clear<>()
            : Change.toValue(input.text("owner", OpenIncident.MAX_OWNER)),
        clears.apply(Clearable.LABELS)
            ? new LabelChange.Replace(Map.of())
            : labels == null ? new LabelChange.Keep() : new LabelChange.Replace(labels),
        clears.apply(Clearable.SERVICES) ? new Change.Clear<>() : Change.toValue(services(input)),
        null,
        null);
  }

  /** A TransitionIncidentInput. */
  static ChangeIncident readTransition(Input input) {
    if (!input.has("status")) {
      input.reject("status", "is required");
    }
    return new ChangeIncident(
        new IncidentKey.ById(input.requiredUuid("id")),
        expectedVersion(input),
        new Change.Keep<>(),
        new Change.Keep<>(),
        new Change.Keep<>(),
        new Change.Keep<>(),
        new LabelChange.Keep(),
        new Change.Keep<>(),
        input.choice("status", IncidentStatus::named, IncidentStatus.ALL),
        input.text("reason", MAX_REASON));
  }

  /** A JSON Merge Patch (RFC 7396): null empties, absent keeps. */
  static ChangeIncident readPatch(
      Input input, IncidentKey incident, @Nullable Integer expectedVersion) {
    @Nullable IncidentStatus status =
        input.choice("status", IncidentStatus::named, IncidentStatus.ALL);
    @Nullable String reason = input.text("reason", MAX_REASON);
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
        Change.toValue(input.text("title", OpenIncident.MAX_TITLE)),
        patch(input, "summary", input.text("summary", OpenIncident.MAX_SUMMARY)),
        Change.toValue(input.choice("severity", Severity::named, Severity.ALL)),
        patch(input, "owner", input.text("owner", OpenIncident.MAX_OWNER)),
        labelPatch(input),
        patch(input, "services", services(input)),
        status,
        reason);
  }

  private static <T> Change<T> patch(Input input, String field, @Nullable T value) {
    return input.isNull(field) ? new Change.Clear<>() : Change.toValue(value);
  }

  private static LabelChange labelPatch(Input input) {
    if (input.isNull("labels")) {
      return new LabelChange.Replace(Map.of());
    }
    Set<String> removed = input.nullMembers("labels");
    @Nullable Map<String, String> set = input.labels("labels");
    return set == null ? new LabelChange.Keep() : new LabelChange.Merge(set, removed);
  }

  private static @Nullable List<String> services(Input input) {
    return input.texts("services", OpenIncident.MAX_SERVICES, OpenIncident.MAX_SERVICE);
  }

  private static @Nullable Integer expectedVersion(Input input) {
    return input.wholeNumber("expectedVersion", 1, Integer.MAX_VALUE);
  }
}
