package org.nself.incidents.runbook.execution;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.live.Topic;
import org.nself.incidents.live.TopicKind;

/**
 * Executions, to be followed: a list of its states by version. Of several that came before anybody
 * read, the last stands for all.
 */
public final class ExecutionTopics implements TopicKind<ExecutionTopics.ExecutionSnapshot> {

  private static final int WEIGHT = 1_000;

  private final ExecutionQueries search;
  private final LiveService live;

  ExecutionTopics(ExecutionQueries search, LiveService live) {
    this.search = search;
    this.live = live;
  }

  /** A state of an execution of an account. */
  record ExecutionSnapshot(String account, Execution execution) {}

  Topic<ExecutionSnapshot> of(String account, UUID execution) {
    return new Topic<>(this, account, execution.toString());
  }

  /** Tells whoever follows it that an execution has changed and that this is committed. */
  public void changed(String account, UUID execution) {
    live.hint(of(account, execution));
  }

  @Override
  public String name() {
    return "execution";
  }

  @Override
  public List<ExecutionSnapshot> read(String account, String id, long after, int atMost) {
    @Nullable ExecutionSnapshot seen = search.seen(account, UUID.fromString(id));
    return seen == null || seen.execution().version() <= after ? List.of() : List.of(seen);
  }

  @Override
  public Map<String, Long> lastPositions(String account, List<String> ids) {
    Map<String, Long> ends = new HashMap<>();
    search
        .versions(account, ids.stream().map(UUID::fromString).toList())
        .forEach((id, version) -> ends.put(id.toString(), version));
    return ends;
  }

  @Override
  public long position(ExecutionSnapshot entry) {
    return entry.execution().version();
  }

  @Override
  public Topic<ExecutionSnapshot> topic(ExecutionSnapshot entry, String id) {
    return of(entry.account(), entry.execution().id());
  }

  @Override
  public int weight(ExecutionSnapshot entry) {
    return WEIGHT + entry.execution().inputs().text().length();
  }
}
