package org.nself.incidents.live;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.ops.Notifications;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Takes hints from other processes to the hub, and sweeps for what no hint told of. */
final class Sweeper implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(Sweeper.class);

  private final Hub hub;
  private final Notifications notifications;
  private volatile boolean running;
  private volatile @Nullable Thread thread;

  Sweeper(Hub hub, Notifications notifications) {
    this.hub = hub;
    this.notifications = notifications;
  }

  @Override
  public void start() {
    running = true;
    thread = Thread.ofVirtual().name("live-sweep").start(this::sweep);
    notifications.listen(
        Hints.CHANNEL, payload -> Hints.read(payload, hub), () -> LockSupport.unpark(thread));
  }

  private void sweep() {
    while (running) {
      try {
        Duration wait = hub.sweep(notifications.listening() ? Hub.SWEEP : Hub.POLL);
        LockSupport.parkNanos(wait.toNanos());
      } catch (RuntimeException e) {
        log.error("A sweep failed", e);
        LockSupport.parkNanos(Hub.SWEEP.toNanos());
      }
    }
  }

  @Override
  public void stop() {
    running = false;
    LockSupport.unpark(thread);
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
