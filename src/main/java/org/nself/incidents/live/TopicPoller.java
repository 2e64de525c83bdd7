package org.nself.incidents.live;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.PgNotifications;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Receives hints from other processes, and polls for changes that were not hinted. */
final class TopicPoller implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(TopicPoller.class);

  private final TopicRegistry registry;
  private final PgNotifications notifications;
  private volatile boolean running;
  private volatile @Nullable Thread thread;

  TopicPoller(TopicRegistry registry, PgNotifications notifications) {
    this.registry = registry;
    this.notifications = notifications;
  }

  @Override
  public void start() {
    running = true;
    thread = Thread.ofVirtual().name("live-poll").start(this::run);
    notifications.listen(
        ChangeNotifier.CHANNEL,
        payload -> ChangeNotifier.deliver(payload, registry),
        () -> LockSupport.unpark(thread));
  }

  private void run() {
    while (running) {
      Duration wait = TopicRegistry.POLL_INTERVAL;
      try {
        wait = registry.poll(notifications.isListening());
      } catch (Throwable e) {
        log.error("Polling failed; it is repeated in {}", wait, e);
      }
      LockSupport.parkNanos(wait.toNanos());
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
