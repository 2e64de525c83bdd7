package org.nself.incidents.database;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.nself.incidents.web.error.ApiException;

/**
 * Lets the requests of this process that will lock one name in the database come one after another,
 * first come first served, before they take a connection. A thousand alerts with one dedup_key then
 * hold one connection of the pool, and not all of them while everybody else waits. What they
 * promise each other across processes is still kept by the lock in the database.
 */
final class KeyedLocks {

  private static final int STRIPES = 1024;
  private static final Duration MAX_WAIT = Duration.ofSeconds(15);

  private final List<ReentrantLock> stripes =
      Stream.generate(() -> new ReentrantLock(true)).limit(STRIPES).toList();

  /**
   * Runs the work when every name is free.
   *
   * @throws ApiException {@code unavailable} after 15 s in vain
   */
  <T> T run(String account, List<String> names, Supplier<T> work) {
    // In one order for all, so that two that want the same stripes never wait for each other.
    List<ReentrantLock> turns =
        names.stream()
            .map(name -> Math.floorMod((account + '\u001f' + name).hashCode(), STRIPES))
            .distinct()
            .sorted()
            .map(stripes::get)
            .toList();
    int taken = 0;
    try {
      while (taken < turns.size()) {
        if (!turns.get(taken).tryLock(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
          throw ApiException.unavailable("Too many requests with this key at once; try again");
        }
        taken++;
      }
      return work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiException.unavailable("The service is stopping; try again");
    } finally {
      while (taken > 0) {
        turns.get(--taken).unlock();
      }
    }
  }
}
