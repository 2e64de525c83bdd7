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
 * PostgreSQL's LISTEN and NOTIFY. Listening takes a connection of its own, which must not go
 * through a pooler in transaction mode; it is made anew whenever it is lost. What is notified
 * meanwhile never arrives: who listens must be able to do without.
 */
public final class PgNotifications implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PgNotifications.class);

  /** By this name the connection can be told from the pool's in pg_stat_activity. */
  public static final String APPLICATION_NAME = "nself-incident-mgmt-listen";

  private static final int KEEPALIVE_MILLIS = 10_000;
  private static final Duration FIRST_RETRY = Duration.ofMillis(100);
  private static final Duration LAST_RETRY = Duration.ofSeconds(5);

  private final DatabasePool database;
  private final @Nullable DatabaseUrl url;
  private volatile boolean isListening;
  private volatile boolean closed;
  private volatile @Nullable Thread listener;
  private volatile @Nullable Connection connection;

  /**
   * @param url where to listen; null for nowhere, and then nothing is sent either
   */
  public PgNotifications(DatabasePool database, @Nullable DatabaseUrl url) {
    this.database = database;
    this.url = url;
  }

  /** Whether notifications arrive now. */
  public boolean isListening() {
    return isListening;
  }

  /**
   * Sends a notification, in a transaction of its own.
   *
   * @param payload less than 8,000 bytes
   * @throws ApiException {@code unavailable}, where the database is away
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
        database.markUnavailable(e);
      }
      throw ApiException.unavailable("A notification could not be sent");
    }
  }

  /**
   * Listens from now on, until closed.
   *
   * @param onPayload takes each payload; must be quick
   * @param onListening runs whenever listening begins, at first and after each loss: something may
   *     have been missed before
   */
  public void listen(String channel, Consumer<String> onPayload, Runnable onListening) {
    DatabaseUrl from = url;
    if (from != null) {
      listener =
          Thread.ofVirtual()
              .name("listener")
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
        isListening = true;
        retry = FIRST_RETRY;
        log.debug("Listening for notifications");
        onListening.run();
        receive(own, onPayload);
      } catch (SQLException e) {
        if (isListening && !closed) {
          log.warn(
              "The listening connection is lost, polling until it is back: {}", e.getMessage());
        } else {
          log.debug("Cannot listen: {}", e.getMessage());
        }
        isListening = false;
        // At random, so that all processes do not come back at one moment.
        LockSupport.parkNanos(
            (long) (retry.toNanos() * ThreadLocalRandom.current().nextDouble(0.5, 1)));
        retry =
            retry.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? retry.multipliedBy(2) : LAST_RETRY;
      }
    }
  }

  private void receive(Connection own, Consumer<String> onPayload) throws SQLException {
    PGConnection postgres = own.unwrap(PGConnection.class);
    while (!closed) {
      PGNotification @Nullable [] notifications = postgres.getNotifications(KEEPALIVE_MILLIS);
      if (notifications == null || notifications.length == 0) {
        // A connection that a firewall has dropped is as quiet as one where nothing happens.
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
    Properties properties = new Properties();
    if (url.user() != null) {
      properties.setProperty("user", url.user());
    }
    if (url.password() != null) {
      properties.setProperty("password", url.password());
    }
    properties.setProperty("ApplicationName", APPLICATION_NAME);
    properties.setProperty("connectTimeout", "2");
    properties.setProperty("loginTimeout", "3");
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
        // Its thread waits in it; this wakes it.
        own.abort(Runnable::run);
      } catch (SQLException e) {
        log.debug("The listening connection did not close: {}", e.getMessage());
      }
    }
  }
}
