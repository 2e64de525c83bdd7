package org.nself.incidents.incident.milestone;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.Timestamps;

/**
 * The milestones of an incident.
 *
 * @param standing at most one of each kind, in the order of {@link MilestoneKind}
 * @param firstResolvedAt the first resolution, also where the incident was reopened after it; null
 *     where there is none
 * @param lastReopenedAt when it was last reopened after a resolution; null where it never was
 */
public record Milestones(
    List<Milestone> standing, @Nullable Instant firstResolvedAt, @Nullable Instant lastReopenedAt) {

  static final Milestones NONE = new Milestones(List.of(), null, null);

  public @Nullable Milestone get(MilestoneKind kind) {
    for (Milestone milestone : standing) {
      if (milestone.kind() == kind) {
        return milestone;
      }
    }
    return null;
  }

  /** The value of {@code incident.milestones} in expressions: a time or null for each kind. */
  public Map<String, @Nullable Object> view() {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    for (MilestoneKind kind : MilestoneKind.ALL) {
      @Nullable Milestone milestone = get(kind);
      view.put(kind.value(), milestone == null ? null : Timestamps.format(milestone.occurredAt()));
    }
    return view;
  }
}
