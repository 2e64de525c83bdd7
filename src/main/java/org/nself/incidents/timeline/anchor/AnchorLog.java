package org.nself.incidents.timeline.anchor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Writes anchors of the timelines that this process changed to the log, from where they reach
 * another system than the database. At each interval it logs at most {@value #MAX_LOGGED}; the rest
 * is logged at the next ones.
 */
public final class AnchorLog implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(AnchorLog.class);

  static final int MAX_LOGGED = 1_000;
  private static final int MAX_PENDING = 20_000;
  private static final int MAX_PER_STATEMENT = 200;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

  private final AnchorStore store;
  private final AnchorSigner signer;
  private final Duration interval;

  /** Incidents whose timelines changed, by account. */
  @GuardedBy("this")
  private final Map<String, Set<UUID>> changed = new LinkedHashMap<>();

  @GuardedBy("this")
  private int pending;

  @GuardedBy("this")
  private int leftOut;

  private volatile boolean running;
  private volatile @Nullable Thread thread;

  AnchorLog(AnchorStore store, AnchorSigner signer, Duration interval) {
    this.store = store;
    this.signer = signer;
    this.interval = interval;
  }

  /** To be called after a commit that appended events. */
  public void noteChanged(String account, UUID incident) {
    if (!running) {
      return;
    }
    synchronized (this) {
      if (pending >= MAX_PENDING) {
        leftOut++;
      } else if (changed.computeIfAbsent(account, _ -> new LinkedHashSet<>()).add(incident)) {
        pending++;
      }
    }
  }

  @Override
  public void start() {
    if (signer.isEnabled()) {
      running = true;
      thread = Thread.ofVirtual().name("timeline-anchors").start(this::run);
    }
  }

  private void run() {
    while (running) {
      LockSupport.parkNanos(interval.toNanos());
      try {
        logChanged();
      } catch (Throwable e) {
        log.error("Logging timeline anchors failed; it is repeated in {}", interval, e);
      }
    }
  }

  private void logChanged() {
    int logged = 0;
    for (Map.Entry<String, List<UUID>> account : take().entrySet()) {
      for (TimelineAnchor anchor : store.ofIncidents(account.getKey(), account.getValue())) {
        log.info("Timeline anchor {}", signer.sign(account.getKey(), anchor));
        logged++;
      }
    }
    int missed;
    synchronized (this) {
      missed = leftOut;
      leftOut = 0;
    }
    if (missed > 0) {
      log.warn("{} timeline anchors were logged, {} were left out", logged, missed);
    }
  }

  /** Takes the oldest changes, by turns of accounts. */
  private synchronized Map<String, List<UUID>> take() {
    Map<String, List<UUID>> taken = new LinkedHashMap<>();
    int count = 0;
    Iterator<Map.Entry<String, Set<UUID>>> accounts = changed.entrySet().iterator();
    while (accounts.hasNext() && count < MAX_LOGGED) {
      Map.Entry<String, Set<UUID>> account = accounts.next();
      List<UUID> incidents = new ArrayList<>();
      Iterator<UUID> ids = account.getValue().iterator();
      while (ids.hasNext() && incidents.size() < MAX_PER_STATEMENT) {
        incidents.add(ids.next());
        ids.remove();
      }
      if (account.getValue().isEmpty()) {
        accounts.remove();
      }
      taken.put(account.getKey(), incidents);
      count += incidents.size();
    }
    pending -= count;
    return taken;
  }

  /** Logs what is pending once more. */
  @Override
  public void stop() {
    running = false;
    @Nullable Thread stopping = thread;
    if (stopping == null) {
      return;
    }
    LockSupport.unpark(stopping);
    try {
      if (!stopping.join(STOP_TIMEOUT)) {
        log.warn("Timeline anchors are not all logged after {}", STOP_TIMEOUT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
