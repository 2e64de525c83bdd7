package org.nself.incidents.runbook.execution.worker;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.definition.Definition;

/** Versions of runbooks, which never change, as they were last used. */
public final class RunbookVersionCache {

  private static final int KEPT = 500;

  private record Key(String account, UUID runbook, int version) {}

  private final RunbookService runbooks;

  private final Map<Key, Definition> kept =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Definition> eldest) {
          return size() > KEPT;
        }
      };

  public RunbookVersionCache(RunbookService runbooks) {
    this.runbooks = runbooks;
  }

  Definition of(String account, UUID runbook, int version) {
    Key key = new Key(account, runbook, version);
    synchronized (kept) {
      @Nullable Definition known = kept.get(key);
      if (known != null) {
        return known;
      }
    }
    Definition read = runbooks.version(account, runbook, version).definition();
    synchronized (kept) {
      kept.put(key, read);
    }
    return read;
  }
}
