package org.nself.incidents.analytics;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A random life of an incident, and a plain model that replays it: what its milestones and
 * durations must be, given when each of its events was recorded.
 */
final class IncidentLife {

  enum Kind {
    STARTED,
    DETECTED,
    DECLARED,
    ACKNOWLEDGED,
    MITIGATED,
    RESOLVED
  }

  /** What changes milestones: an event of the timeline. */
  sealed interface Step {
    record Opened(@Nullable Instant at) implements Step {}

    record Status(String to) implements Step {}

    record Correction(Kind kind, Instant at) implements Step {}
  }

  private static final Set<String> FINISHED = Set.of("resolved", "closed", "cancelled", "merged");

  final String severity;
  final List<String> services;
  final @Nullable String owner;
  final boolean drill;
  final @Nullable Instant openedAt;
  String id = "";
  String status = "open";

  private final Random random;
  private final Instant now;
  private final List<Step> steps = new ArrayList<>();
  private int events = 1;

  // What a caller must know to correct milestones: the times before today.
  private final Map<Kind, Instant> past = new EnumMap<>(Kind.class);
  private boolean startKnown;
  private boolean reopenedAfterResolution;

  IncidentLife(long seed, Instant now) {
    this.random = new Random(seed);
    this.now = now;
    severity = List.of("critical", "high", "medium", "low", "info").get(random.nextInt(5));
    services =
        List.of(List.<String>of(), List.of("db"), List.of("web"), List.of("db", "web"))
            .get(random.nextInt(4));
    owner =
        List.of("", "ana", "bob")
            .get(random.nextInt(3))
            .transform(name -> name.isEmpty() ? null : name);
    drill = random.nextInt(10) == 0;
    openedAt = random.nextInt(5) == 0 ? null : now.minus(days(100, 600));
    if (openedAt != null) {
      past.put(Kind.STARTED, openedAt);
      startKnown = true;
    }
    steps.add(new Step.Opened(openedAt));
  }

  private Duration days(int least, int most) {
    return Duration.ofSeconds(86_400L * least + random.nextInt(86_400 * (most - least)));
  }

  /** The fields of openIncident's input. */
  String opening() {
    return "title: \"x\", severity: %s, services: %s, isDrill: %s, labels: {team: \"%s\"}%s%s"
        .formatted(
            severity.toUpperCase(java.util.Locale.ROOT),
            services.stream().map(service -> '"' + service + '"').toList(),
            drill,
            services.size(),
            owner == null ? "" : ", owner: \"" + owner + '"',
            openedAt == null ? "" : ", openedAt: \"" + openedAt + '"');
  }

  /** Does something more: the field of a mutation. */
  String next(IncidentLife other) {
    int choice = random.nextInt(100);
    if (choice < 8) {
      events++;
      return "addTimelineEvent(input: {incidentId: \"%s\", message: \"m\", occurredAt: \"%s\"}) { id }"
          .formatted(id, now.minus(days(1, 900)));
    }
    if (choice < 14) {
      events++;
      return "correctTimelineEvent(input: {incidentId: \"%s\", seq: %d, message: \"c\"}) { id }"
          .formatted(id, 1 + random.nextInt(events - 1));
    }
    if (choice < 20) {
      // Also of what the milestones came from. A repetition appends no event.
      return "redactTimelineEvent(input: {incidentId: \"%s\", seq: %d, reason: \"r\"}) { id }"
          .formatted(id, 1 + random.nextInt(events));
    }
    if (choice < 45) {
      @Nullable String correction = correction();
      if (correction != null) {
        return correction;
      }
    }
    if (choice < 50 && !FINISHED.contains(status) && !other.status.equals("merged")) {
      status = "merged";
      steps.add(new Step.Status(status));
      events++;
      return "mergeIncident(input: {id: \"%s\", intoId: \"%s\"}) { id }".formatted(id, other.id);
    }
    return transition();
  }

  private String transition() {
    List<String> allowed =
        switch (status) {
          case "open" -> List.of("acknowledged", "mitigating", "resolved", "resolved", "cancelled");
          case "acknowledged" -> List.of("open", "mitigating", "resolved", "resolved", "resolved");
          case "mitigating" -> List.of("acknowledged", "resolved", "resolved", "resolved");
          case "resolved" -> List.of("open", "closed");
          default -> List.of("open");
        };
    String to = allowed.get(random.nextInt(allowed.size()));
    if (to.equals("open") && Set.of("resolved", "closed").contains(status)) {
      reopenedAfterResolution = true;
    }
    // What the resolution set goes with it; an earlier time must not forbid a start after it.
    if (to.equals("open") || to.equals("resolved")) {
      past.remove(Kind.RESOLVED);
    }
    status = to;
    steps.add(new Step.Status(to));
    events++;
    return "transitionIncident(input: {id: \"%s\", status: %s, reason: \"r\"}) { id }"
        .formatted(id, to.toUpperCase(java.util.Locale.ROOT));
  }

  private @Nullable String correction() {
    Kind kind =
        List.of(
                Kind.STARTED,
                Kind.DETECTED,
                Kind.ACKNOWLEDGED,
                Kind.MITIGATED,
                Kind.RESOLVED,
                Kind.RESOLVED)
            .get(random.nextInt(6));
    if (kind == Kind.RESOLVED
        && (reopenedAfterResolution || !Set.of("resolved", "closed").contains(status))) {
      return null;
    }
    Instant at;
    if (kind == Kind.STARTED) {
      Instant latest =
          past.entrySet().stream()
              .filter(entry -> entry.getKey() != Kind.STARTED)
              .map(Map.Entry::getValue)
              .min(Instant::compareTo)
              .orElse(now.minus(Duration.ofDays(100)));
      at = latest.minus(days(0, 100));
      startKnown = true;
    } else if (startKnown) {
      Instant started = Objects.requireNonNull(past.get(Kind.STARTED));
      at = started.plusSeconds(random.nextInt(86_400 * 90));
    } else {
      return null;
    }
    past.put(kind, at);
    steps.add(new Step.Correction(kind, at));
    events++;
    return "setMilestone(input: {incidentId: \"%s\", kind: %s, occurredAt: \"%s\", reason: \"r\"}) { id }"
        .formatted(id, kind, at);
  }

  /** What must be true of the incident in the end; durations in seconds. */
  record Outcome(
      IncidentLife life,
      Map<Kind, Instant> milestones,
      @Nullable Instant firstResolved,
      @Nullable Instant ended,
      boolean reopened,
      @Nullable Double detect,
      @Nullable Double acknowledge,
      @Nullable Double acknowledgeFromStart,
      @Nullable Double mitigate,
      @Nullable Double wall,
      @Nullable Double active,
      @Nullable Double first,
      Instant started) {}

  /**
   * Replays the life.
   *
   * @param recorded when each event that changes milestones was recorded, in their order
   * @param opened the incident's opened_at
   * @param closed its closed_at
   */
  Outcome replay(List<Instant> recorded, Instant opened, @Nullable Instant closed) {
    if (recorded.size() != steps.size()) {
      throw new AssertionError("%s has %d events for %s".formatted(id, recorded.size(), steps));
    }
    Map<Kind, Instant> now = new EnumMap<>(Kind.class);
    List<Instant[]> ended = new ArrayList<>();
    boolean knownStart = false;
    boolean ownMitigation = false;
    boolean reopened = false;
    String current = "";
    for (int i = 0; i < steps.size(); i++) {
      Instant at = recorded.get(i);
      switch (steps.get(i)) {
        case Step.Opened(@Nullable Instant said) -> {
          now.put(Kind.STARTED, opened);
          now.put(Kind.DETECTED, at);
          now.put(Kind.DECLARED, at);
          knownStart = said != null;
          current = "open";
        }
        case Step.Status(String to) -> {
          if (Set.of("acknowledged", "mitigating", "resolved").contains(to)) {
            now.putIfAbsent(Kind.ACKNOWLEDGED, at);
          }
          if (to.equals("resolved")) {
            now.put(Kind.RESOLVED, at);
            if (!now.containsKey(Kind.MITIGATED)) {
              now.put(Kind.MITIGATED, at);
              ownMitigation = true;
            }
          }
          if (to.equals("open")) {
            reopened |= FINISHED.contains(current);
            @Nullable Instant resolved = now.remove(Kind.RESOLVED);
            if (resolved != null) {
              ended.add(new Instant[] {resolved, at});
              if (ownMitigation) {
                now.remove(Kind.MITIGATED);
                ownMitigation = false;
              }
            }
          }
          current = to;
        }
        case Step.Correction(Kind kind, Instant said) -> {
          now.put(kind, said);
          knownStart |= kind == Kind.STARTED;
          ownMitigation &= kind != Kind.MITIGATED;
        }
      }
    }
    Instant started = Objects.requireNonNull(now.get(Kind.STARTED));
    @Nullable Instant resolved = now.get(Kind.RESOLVED);
    @Nullable Instant firstResolved =
        ended.isEmpty()
            ? resolved
            : ended.stream().map(pair -> pair[0]).min(Instant::compareTo).orElseThrow();
    if (resolved != null && firstResolved != null && resolved.isBefore(firstResolved)) {
      firstResolved = resolved;
    }
    double between = ended.stream().mapToDouble(pair -> seconds(pair[0], pair[1])).sum();
    @Nullable Double wall = resolved == null ? null : seconds(started, resolved);
    return new Outcome(
        this,
        now,
        firstResolved,
        Set.of("cancelled", "merged").contains(current) ? closed : resolved,
        reopened,
        knownStart ? seconds(started, now.get(Kind.DETECTED)) : null,
        seconds(now.get(Kind.DECLARED), now.get(Kind.ACKNOWLEDGED)),
        seconds(started, now.get(Kind.ACKNOWLEDGED)),
        seconds(started, now.get(Kind.MITIGATED)),
        wall,
        wall == null ? null : (Double) (wall - between),
        resolved == null ? null : seconds(started, firstResolved),
        started);
  }

  private static @Nullable Double seconds(@Nullable Instant from, @Nullable Instant to) {
    return from == null || to == null
        ? null
        : (Double) (Duration.between(from, to).toNanos() / 1e9);
  }
}
