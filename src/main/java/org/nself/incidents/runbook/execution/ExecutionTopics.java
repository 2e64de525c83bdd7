package org.nself.incidents.runbook.execution;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.live.Topic;
import org.nself.incidents.live.TopicKind;

/**
 * The topic of an execution: its states by version. A subscriber that is behind gets the latest
 * state instead of each.
 */
final class ExecutionTopics implements TopicKind<ExecutionTopics.ExecutionSnapshot> {

  /** Approximate bytes of a state without its inputs. */
  private static final int BASE_WEIGHT = 1_000;

  private final ExecutionQueries queries;
  private final LiveService live;

  ExecutionTopics(ExecutionQueries queries, LiveService live) {
    this.queries = queries;
    this.live = live;
  }

  /** The state of an execution at one version. */
  record ExecutionSnapshot(String account, Execution execution) {}

  Topic<ExecutionSnapshot> of(String account, UUID execution) {
    return new Topic<>(this, account, execution.toString());
  }

  /** Hints to subscribers that a change of the execution is committed. */
  void changed(String account, UUID execution) {
    live.hint(of(account, execution));
  }

  @Override
  public String name() {
    return "execution";
  }

  @Override
  public EntryBatch<ExecutionSnapshot> read(
      String account, String id, long after, int atMost, int maxBytes) {
    @Nullable ExecutionSnapshot snapshot = queries.snapshot(account, UUID.fromString(id));
    return snapshot == null || snapshot.execution().version() <= after
        ? new EntryBatch<>(List.of(), false)
        : new EntryBatch<>(List.of(snapshot), false);
  }

  @Override
  public Map<String, Long> lastPositions(String account, List<String> ids) {
    Map<String, Long> ends = new HashMap<>();
    queries
        .versions(account, ids.stream().map(UUID::fromString).toList())
        .forEach((id, version) -> ends.put(id.toString(), version));
    return ends;
  }

  @Override
  public long position(ExecutionSnapshot entry) {
    return entry.execution().version();
  }

  /** When it was changed, in microseconds: a version may be given again to another state. */
  @Override
  public long check(ExecutionSnapshot entry) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, entry.execution().updatedAt());
  }

  /** A later state takes the place of an earlier one, so nothing is missed then. */
  @Override
  public boolean contains(String account, String id, long position, long check) {
    @Nullable ExecutionSnapshot snapshot = queries.snapshot(account, UUID.fromString(id));
    return snapshot != null
        && (snapshot.execution().version() > position
            || (snapshot.execution().version() == position
                && (check == 0 || check(snapshot) == check)));
  }

  @Override
  public Topic<ExecutionSnapshot> topic(ExecutionSnapshot entry, String id) {
    return of(entry.account(), entry.execution().id());
  }

  @Override
  public int weight(ExecutionSnapshot entry) {
    return BASE_WEIGHT + entry.execution().inputs().text().length();
  }
}
