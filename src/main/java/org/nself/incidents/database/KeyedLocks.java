package org.nself.incidents.database;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.nself.incidents.web.error.ApiException;

/**
 * Serializes the requests of this process that will take the same advisory lock, first come, first
 * served, before they take a connection. A thousand alerts with one dedup_key then hold one
 * connection of the pool instead of all of them. Across processes the advisory lock does the same.
 *
 * <p>A lock for each key that is in use: with a fixed number of locks, accounts would wait for each
 * other's keys.
 */
final class KeyedLocks {

  private static final Duration MAX_WAIT = Duration.ofSeconds(15);

  /**
   * @param users how many threads hold the lock or wait for it
   */
  private record KeyLock(ReentrantLock lock, int users) {

    KeyLock withUsers(int change) {
      return new KeyLock(lock, users + change);
    }
  }

  private final Map<String, KeyLock> locks = new ConcurrentHashMap<>();

  /**
   * Runs the work while holding the locks of all names.
   *
   * @throws ApiException {@code unavailable} when a lock is not free within 15 s
   */
  <T> T run(String account, List<String> names, Supplier<T> work) {
    if (names.isEmpty()) {
      return work.get();
    }
    // Sorted, so that two requests for the same keys cannot deadlock.
    List<String> keys =
        names.stream().map(name -> account + '\u001f' + name).distinct().sorted().toList();
    List<String> acquired = new ArrayList<>(keys.size());
    try {
      for (String key : keys) {
        acquire(key);
        acquired.add(key);
      }
      return work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw DatabasePool.interrupted();
    } finally {
      acquired.reversed().forEach(this::release);
    }
  }

  private void acquire(String key) throws InterruptedException {
    KeyLock used =
        Objects.requireNonNull(
            locks.compute(
                key,
                (_, current) ->
                    current == null
                        ? new KeyLock(new ReentrantLock(true), 1)
                        : current.withUsers(1)));
    boolean locked = false;
    try {
      locked = used.lock().tryLock(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      if (!locked) {
        removeUser(key);
      }
    }
    if (!locked) {
      throw ApiException.unavailable("Too many requests with this key at once; try again");
    }
  }

  private void release(String key) {
    Objects.requireNonNull(locks.get(key)).lock().unlock();
    removeUser(key);
  }

  private void removeUser(String key) {
    locks.computeIfPresent(
        key, (_, current) -> current.users() == 1 ? null : current.withUsers(-1));
  }

  /** How many keys are in use. */
  int size() {
    return locks.size();
  }
}
