package org.nself.incidents.database.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses connections to another cluster than before, and to a primary on an older WAL timeline
 * than was seen: after a failover that is the former primary, and what is written there is lost.
 *
 * <p>Every new connection is checked before its first use. What this process has seen, and {@code
 * DATABASE_MIN_TIMELINE}, are all that it can compare with: it finds the former primary only if it
 * has seen the new one, or an operator tells.
 */
public final class ClusterGuard {

  private static final Logger log = LoggerFactory.getLogger(ClusterGuard.class);

  private final int minTimeline;
  private final List<Runnable> promotionListeners = new CopyOnWriteArrayList<>();

  @GuardedBy("this")
  private @Nullable Long cluster;

  /** 0 until one is seen. */
  private volatile int timeline;

  private volatile @Nullable String refusal;

  /**
   * @param minTimeline the oldest that is accepted
   */
  public ClusterGuard(int minTimeline) {
    this.minTimeline = minTimeline;
  }

  /** The newest timeline seen; 0 until one is seen. */
  public int timeline() {
    return timeline;
  }

  /**
   * Calls the listener after each change to a newer timeline, before a connection to it is used.
   */
  public void onPromotion(Runnable listener) {
    promotionListeners.add(listener);
  }

  /** The server is not to be used. The message is for operators, and reveals no secret. */
  public static final class RefusedServerException extends SQLException {
    private static final long serialVersionUID = 1L;

    /** SQLSTATE: the connection is rejected. Counts as a lost connection. */
    private static final String REJECTED = "08004";

    RefusedServerException(String reason) {
      super(reason, REJECTED);
    }
  }

  /**
   * @throws RefusedServerException if the server is not to be used
   */
  public void require(ServerState state) throws RefusedServerException {
    @Nullable String reason = observe(state);
    if (reason != null) {
      throw new RefusedServerException(reason);
    }
  }

  /**
   * Remembers what the server says.
   *
   * @return why it must not be used; null if it may
   */
  public @Nullable String observe(ServerState state) {
    boolean promoted;
    synchronized (this) {
      if (state.cluster() == null) {
        return null;
      }
      if (cluster == null) {
        cluster = state.cluster();
      }
      if (!cluster.equals(state.cluster())) {
        return "The database belongs to another cluster (system identifier %s) than before (%s)"
            .formatted(Long.toUnsignedString(state.cluster()), Long.toUnsignedString(cluster));
      }
      if (state.timeline() == null) {
        return null;
      }
      int newest = Math.max(timeline, minTimeline);
      if (state.timeline() < newest) {
        return "The server is a former primary: it is on WAL timeline %d, and %d was seen"
            .formatted(state.timeline(), newest);
      }
      promoted = timeline != 0 && state.timeline() > timeline;
      timeline = state.timeline();
    }
    if (promoted) {
      log.info("The primary is on WAL timeline {} now: a standby was promoted", state.timeline());
      promotionListeners.forEach(Runnable::run);
    }
    return null;
  }

  /** Why the server that answers now must not be used; null if it may. */
  public @Nullable String refusal() {
    return refusal;
  }

  /**
   * Refuses all use of the database until it is called with null: a pooler may lead connections
   * that exist to another server.
   */
  public void refuse(@Nullable String reason) {
    refusal = reason;
  }
}
