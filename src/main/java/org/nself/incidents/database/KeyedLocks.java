package org.nself.incidents.database;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.nself.incidents.web.error.ApiException;

/**
 * Serializes the requests of this process that will take the same advisory lock, first come, first
 * served, before they take a connection. A thousand alerts with one dedup_key then hold one
 * connection of the pool instead of all of them. Across processes the advisory lock does the same.
 */
final class KeyedLocks {

  private static final int STRIPES = 1024;
  private static final Duration MAX_WAIT = Duration.ofSeconds(15);

  private final List<ReentrantLock> stripes =
      Stream.generate(() -> new ReentrantLock(true)).limit(STRIPES).toList();

  /**
   * Runs the work while holding the locks of all names.
   *
   * @throws ApiException {@code unavailable} when a lock is not free within 15 s
   */
  <T> T run(String account, List<String> names, Supplier<T> work) {
    // Sorted, so that two requests for the same stripes cannot deadlock.
    List<ReentrantLock> locks =
        names.stream()
            .map(name -> Math.floorMod((account + '\u001f' + name).hashCode(), STRIPES))
            .distinct()
            .sorted()
            .map(stripes::get)
            .toList();
    int acquired = 0;
    try {
      while (acquired < locks.size()) {
        if (!locks.get(acquired).tryLock(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
          throw ApiException.unavailable("Too many requests with this key at once; try again");
        }
        acquired++;
      }
      return work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw DatabasePool.interrupted();
    } finally {
      while (acquired > 0) {
        locks.get(--acquired).unlock();
      }
    }
  }
}
