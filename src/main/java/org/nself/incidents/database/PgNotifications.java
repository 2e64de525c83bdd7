package org.nself.incidents.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.web.error.ApiException;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL's LISTEN and NOTIFY. Listening uses a connection of its own, which must not go through
 * a pooler in transaction mode; it is reconnected when it is lost. Notifications sent meanwhile are
 * lost: listeners must not depend on them.
 */
public final class PgNotifications implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PgNotifications.class);

  /** Identifies the connection in pg_stat_activity. */
  public static final String APPLICATION_NAME = "nself-incident-mgmt-listen";

  private static final int KEEPALIVE_MILLIS = 10_000;
  private static final Duration FIRST_RETRY = Duration.ofMillis(100);
  private static final Duration LAST_RETRY = Duration.ofSeconds(5);

  private final DatabasePool database;
  private final @Nullable DatabaseUrl url;
  private volatile boolean listening;
  private volatile boolean closed;
  private volatile @Nullable Thread listener;
  private volatile @Nullable Connection connection;

  /**
   * @param url where to listen; null disables listening and sending
   */
  public PgNotifications(DatabasePool database, @Nullable DatabaseUrl url) {
    this.database = database;
    this.url = url;
  }

  /** Whether notifications are being received. */
  public boolean isListening() {
    return listening;
  }

  /**
   * Sends a notification, in a transaction of its own.
   *
   * @param payload less than 8,000 bytes
   * @throws ApiException {@code unavailable}
   */
  public void send(String channel, String payload) {
    if (url == null) {
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
    DatabaseUrl from = url;
    if (from != null) {
      listener =
          Thread.ofVirtual()
              .name("notification-listener")
              .start(() -> keepListening(from, channel, onPayload, onListening));
    }
  }

  private void keepListening(
      DatabaseUrl from, String channel, Consumer<String> onPayload, Runnable onListening) {
    Duration retry = FIRST_RETRY;
    while (!closed) {
      try (Connection own = connect(from)) {
        connection = own;
        try (Statement listen = own.createStatement()) {
          listen.execute("listen " + channel);
        }
        listening = true;
        retry = FIRST_RETRY;
        log.debug("Listening for notifications");
        onListening.run();
        receive(own, onPayload);
      } catch (Throwable e) {
        logFailure(e);
        listening = false;
        // Randomized, so that the processes do not all reconnect at once.
        LockSupport.parkNanos(
            (long) (retry.toNanos() * ThreadLocalRandom.current().nextDouble(0.5, 1)));
        retry =
            retry.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? retry.multipliedBy(2) : LAST_RETRY;
      }
    }
  }

  private void logFailure(Throwable e) {
    if (!(e instanceof SQLException)) {
      log.error("The notification listener failed; it reconnects", e);
    } else if (listening && !closed) {
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

  private static Connection connect(DatabaseUrl url) throws SQLException {
    Properties properties = url.connectionProperties(APPLICATION_NAME);
    properties.setProperty("tcpKeepAlive", "true");
    return DriverManager.getConnection(url.jdbcUrl(), properties);
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
