package org.nself.incidents.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.web.error.ApiException;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL's LISTEN and NOTIFY. Listening uses a connection of its own, which is reconnected when
 * it is lost. Notifications sent meanwhile are lost: listeners must not depend on them.
 *
 * <p>A pooler in transaction mode accepts LISTEN and delivers nothing. So each connection first has
 * to receive a notification that this process sends to itself through the pool.
 */
public final class PgNotifications implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PgNotifications.class);

  /** Identifies the connection in pg_stat_activity. */
  public static final String APPLICATION_NAME = "nself-incident-mgmt-listen";

  private static final ConnectionFactory.Purpose PURPOSE =
      new ConnectionFactory.Purpose(APPLICATION_NAME, 0);

  private static final int KEEPALIVE_MILLIS = 10_000;
  private static final Duration FIRST_RETRY = Duration.ofMillis(100);
  private static final Duration LAST_RETRY = Duration.ofSeconds(5);

  /** How long a notification to oneself may take. */
  private static final int TEST_MILLIS = 2_000;

  /** How often it is tried again where none arrives: the pooler may be gone. */
  private static final Duration TEST_INTERVAL = Duration.ofMinutes(1);

  /** Whether notifications arrive. */
  public enum ListenState {
    /** Switched off. */
    OFF,
    LISTENING,
    /** There is no connection now; it is being made. */
    CONNECTING,
    /** A pooler in transaction mode delivers none. */
    IMPOSSIBLE
  }

  private final DatabasePool database;
  private final @Nullable ConnectionFactory connections;

  /**
   * Of this process, so that what a pooler's connections are left with is bounded: nobody else
   * sends to it.
   */
  private final String testChannel =
      "nself_incident_test_" + UUID.randomUUID().toString().replace("-", "");

  private volatile ListenState state;
  private volatile boolean closed;
  private volatile @Nullable Thread listener;
  private volatile @Nullable Connection connection;

  /**
   * @param connections to where to listen; null disables listening and sending
   */
  public PgNotifications(DatabasePool database, @Nullable ConnectionFactory connections) {
    this.database = database;
    this.connections = connections;
    this.state = connections == null ? ListenState.OFF : ListenState.CONNECTING;
  }

  public ListenState state() {
    return state;
  }

  /** Whether notifications are being received. */
  public boolean isListening() {
    return state == ListenState.LISTENING;
  }

  /**
   * Sends a notification, in a transaction of its own.
   *
   * @param payload less than 8,000 bytes
   * @throws ApiException {@code unavailable}
   */
  public void send(String channel, String payload) {
    if (connections == null) {
      return;
    }
    try (Connection pooled = database.connection();
        PreparedStatement notify = pooled.prepareStatement("select pg_notify(?, ?)")) {
      notify.setString(1, channel);
      notify.setString(2, payload);
      notify.execute();
    } catch (SQLException e) {
      if (DatabasePool.isConnectionLost(e)) {
        database.onConnectionLost(e);
      }
      throw ApiException.unavailable("Sending a notification failed");
    }
  }

  /**
   * Starts to listen, until closed.
   *
   * @param onPayload receives each payload; must be quick
   * @param onListening runs after each connect, the first included: notifications may have been
   *     missed before
   */
  public void listen(String channel, Consumer<String> onPayload, Runnable onListening) {
    ConnectionFactory from = connections;
    if (from != null) {
      listener =
          Thread.ofVirtual()
              .name("notification-listener")
              .start(() -> keepListening(from, channel, onPayload, onListening));
    }
  }

  private void keepListening(
      ConnectionFactory from, String channel, Consumer<String> onPayload, Runnable onListening) {
    Duration retry = FIRST_RETRY;
    while (!closed) {
      try (Connection own = from.open(PURPOSE)) {
        connection = own;
        if (receivesOwn(own)) {
          execute(own, "listen " + channel);
          state = ListenState.LISTENING;
          retry = FIRST_RETRY;
          log.debug("Listening for notifications");
          onListening.run();
          receive(own, onPayload);
        } else {
          markImpossible();
          retry = TEST_INTERVAL;
        }
      } catch (Throwable e) {
        logFailure(e);
        state = ListenState.CONNECTING;
        retry =
            retry.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? retry.multipliedBy(2) : LAST_RETRY;
      }
      if (!closed) {
        // Randomized, so that the processes do not all reconnect at once.
        LockSupport.parkNanos(
            (long) (retry.toNanos() * ThreadLocalRandom.current().nextDouble(0.5, 1)));
      }
    }
  }

  /**
   * Sends a notification to this process. By the pool: what a connection of a pooler sends to
   * itself would arrive.
   */
  private boolean receivesOwn(Connection own) throws SQLException {
    execute(own, "listen " + testChannel);
    send(testChannel, "");
    PGNotification @Nullable [] received =
        own.unwrap(PGConnection.class).getNotifications(TEST_MILLIS);
    execute(own, "unlisten " + testChannel);
    return received != null && received.length > 0;
  }

  private static void execute(Connection own, String sql) throws SQLException {
    try (Statement statement = own.createStatement()) {
      statement.execute(sql);
    }
  }

  private void markImpossible() {
    if (state != ListenState.IMPOSSIBLE) {
      state = ListenState.IMPOSSIBLE;
      log.warn(
          "LISTEN receives nothing, as through a pooler in transaction mode: events of other"
              + " processes are polled for. Set LISTEN_DATABASE_URL to the database itself, or to"
              + " off");
    }
  }

  private void logFailure(Throwable e) {
    if (!(e instanceof SQLException || e instanceof ApiException)) {
      log.error("The notification listener failed; it reconnects", e);
    } else if (isListening() && !closed) {
      log.warn("Listening connection lost; polling until it reconnects: {}", e.getMessage());
    } else {
      log.debug("Cannot listen for notifications: {}", e.getMessage());
    }
  }

  private void receive(Connection own, Consumer<String> onPayload) throws SQLException {
    PGConnection postgres = own.unwrap(PGConnection.class);
    while (!closed) {
      PGNotification @Nullable [] notifications = postgres.getNotifications(KEEPALIVE_MILLIS);
      if (notifications == null || notifications.length == 0) {
        // A connection that a firewall dropped is as silent as one without notifications.
        if (!own.isValid(5)) {
          throw new SQLException("the connection does not answer", "08006");
        }
        continue;
      }
      for (PGNotification notification : notifications) {
        onPayload.accept(notification.getParameter());
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    @Nullable Thread thread = listener;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
    @Nullable Connection own = connection;
    if (own != null) {
      try {
        // The listener thread blocks in a read of it; this ends the read.
        own.abort(Runnable::run);
      } catch (SQLException e) {
        log.debug("Closing the listening connection failed: {}", e.getMessage());
      }
    }
  }
}
