package org.nself.incidents.ops;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Whether new requests should be sent here. Before the web server stops taking connections this
 * turns off, and stays so for a moment in which requests are still served: long enough for whoever
 * balances the load to look.
 */
final class Readiness implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(Readiness.class);

  private final long lingerMillis;
  private volatile boolean isReady;

  Readiness(long lingerMillis) {
    this.lingerMillis = lingerMillis;
  }

  boolean isReady() {
    return isReady;
  }

  @Override
  public void start() {
    isReady = true;
  }

  @Override
  public void stop() {
    isReady = false;
    log.info("Draining: not ready any more, serving what comes for {} ms yet", lingerMillis);
    try {
      // Nothing tells when the last balancer has looked; time is all that there is to go by.
      Thread.sleep(lingerMillis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return isReady;
  }

  /** The last to start, once the port is open; the first to stop. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
