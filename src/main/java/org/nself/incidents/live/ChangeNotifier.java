package org.nself.incidents.live;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.nself.incidents.database.PgNotifications;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells other processes which topics have grown, after the commit, many in one notification. A
 * NOTIFY takes a lock on the whole database when it commits; inside the writers' own transactions
 * it would halve what they write.
 */
final class ChangeNotifier {

  private static final Logger log = LoggerFactory.getLogger(ChangeNotifier.class);

  static final String CHANNEL = "nself_incident_live";

  /** PostgreSQL takes less than 8,000 bytes. */
  private static final int MAX_KEYS = 7_900 / TopicKey.LENGTH;

  /** What comes within this time goes together. */
  private static final long MIN_INTERVAL_NANOS = 4_000_000;

  private final PgNotifications notifications;
  private final Executor threads;

  // Guarded by this.
  private Set<String> pending = new LinkedHashSet<>();
  private boolean sending;

  ChangeNotifier(PgNotifications notifications, Executor threads) {
    this.notifications = notifications;
    this.threads = threads;
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
    threads.execute(this::flush);
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
      try {
        for (int i = 0; i < keys.size(); i += MAX_KEYS) {
          notifications.send(
              CHANNEL, String.join("", keys.subList(i, Math.min(i + MAX_KEYS, keys.size()))));
        }
      } catch (ApiException unavailable) {
        // Sweeps find what was not told.
        log.debug("Hints are lost: {}", unavailable.getMessage());
      }
      LockSupport.parkNanos(MIN_INTERVAL_NANOS);
    }
  }

  /** Hands on the keys of a notification. */
  static void deliver(String payload, TopicRegistry hub) {
    for (int i = 0; i + TopicKey.LENGTH <= payload.length(); i += TopicKey.LENGTH) {
      hub.hint(payload.substring(i, i + TopicKey.LENGTH));
    }
  }
}
