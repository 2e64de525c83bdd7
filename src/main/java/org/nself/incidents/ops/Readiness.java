package org.nself.incidents.ops;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Whether new requests should be sent here. Turns off before the web server stops accepting
 * connections; for a delay after that requests are still served, so that load balancers notice.
 */
final class Readiness implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(Readiness.class);

  private final long drainDelayMillis;
  private volatile boolean ready;

  Readiness(long drainDelayMillis) {
    this.drainDelayMillis = drainDelayMillis;
  }

  boolean isReady() {
    return ready;
  }

  @Override
  public void start() {
    ready = true;
  }

  @Override
  public void stop() {
    ready = false;
    log.info("Draining: not ready; still serving requests for {} ms", drainDelayMillis);
    try {
      // A load balancer does not report that it has noticed, so there is nothing else to wait for.
      Thread.sleep(drainDelayMillis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return ready;
  }

  /** The last to start, after the port is open; the first to stop. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
