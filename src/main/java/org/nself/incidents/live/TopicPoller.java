package org.nself.incidents.live;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.PgNotifications;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Takes hints from other processes to the hub, and sweeps for what no hint told of. */
final class TopicPoller implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(TopicPoller.class);

  private final TopicRegistry registry;
  private final PgNotifications notifications;
  private volatile boolean running;
  private volatile @Nullable Thread thread;

  TopicPoller(TopicRegistry hub, PgNotifications notifications) {
    this.registry = hub;
    this.notifications = notifications;
  }

  @Override
  public void start() {
    running = true;
    thread = Thread.ofVirtual().name("live-sweep").start(this::run);
    notifications.listen(
        ChangeNotifier.CHANNEL,
        payload -> ChangeNotifier.deliver(payload, registry),
        () -> LockSupport.unpark(thread));
  }

  private void run() {
    while (running) {
      try {
        Duration wait =
            registry.poll(
                notifications.isListening()
                    ? TopicRegistry.POLL_INTERVAL
                    : TopicRegistry.UNNOTIFIED_POLL_INTERVAL);
        LockSupport.parkNanos(wait.toNanos());
      } catch (RuntimeException e) {
        log.error("A sweep failed", e);
        LockSupport.parkNanos(TopicRegistry.POLL_INTERVAL.toNanos());
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
