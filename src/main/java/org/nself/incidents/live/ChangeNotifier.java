package org.nself.incidents.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notifies other processes of the topics that have grown, after the commit, many in one
 * notification. A NOTIFY takes a lock on the whole database when it commits; in the writers' own
 * transactions it halved the write rate.
 */
final class ChangeNotifier {

  private static final Logger log = LoggerFactory.getLogger(ChangeNotifier.class);

  static final String CHANNEL = "nself_incident_live";

  /** The payload of a notification has less than 8,000 bytes. */
  private static final int MAX_KEYS = 7_900 / TopicKey.LENGTH;

  /** Keys that are added within this time share a notification. */
  private static final long MIN_INTERVAL_NANOS = 4_000_000;

  private final Consumer<String> channel;
  private final Executor executor;

  @GuardedBy("this")
  private Set<String> pending = new LinkedHashSet<>();

  @GuardedBy("this")
  private boolean sending;

  /**
   * @param channel sends a payload; throws {@code unavailable} where the database is unavailable
   */
  ChangeNotifier(Consumer<String> channel, Executor executor) {
    this.channel = channel;
    this.executor = executor;
  }

  /** Returns at once. */
  void send(String key) {
    synchronized (this) {
      pending.add(key);
      if (sending) {
        return;
      }
      sending = true;
    }
    executor.execute(this::flush);
  }

  private void flush() {
    while (true) {
      List<String> keys;
      synchronized (this) {
        if (pending.isEmpty()) {
          sending = false;
          return;
        }
        keys = List.copyOf(pending);
        pending = new LinkedHashSet<>();
      }
      // Polling finds the changes whose hints are lost here.
      try {
        for (int i = 0; i < keys.size(); i += MAX_KEYS) {
          channel.accept(String.join("", keys.subList(i, Math.min(i + MAX_KEYS, keys.size()))));
        }
      } catch (ApiException unavailable) {
        log.debug("{} hints are lost: {}", keys.size(), unavailable.getMessage());
      } catch (Throwable e) {
        log.error("{} hints are lost", keys.size(), e);
      }
      LockSupport.parkNanos(MIN_INTERVAL_NANOS);
    }
  }

  /** Hints the topics that a notification names. */
  static void deliver(String payload, TopicRegistry registry) {
    for (int i = 0; i + TopicKey.LENGTH <= payload.length(); i += TopicKey.LENGTH) {
      registry.hint(payload.substring(i, i + TopicKey.LENGTH));
    }
  }
}
