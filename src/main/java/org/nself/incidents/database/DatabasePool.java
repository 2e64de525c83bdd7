package org.nself.incidents.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * The pool of connections to PostgreSQL, and whether PostgreSQL is there. While it is known to be
 * away, {@link #connection()} fails at once instead of letting requests pile up; a probe notices
 * when it is back.
 */
public final class DatabasePool implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DatabasePool.class);

  /** How long a request waits for a connection while the others are busy. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * How often a waiting request looks whether the database went away meanwhile; Hikari's least is
   * 250 ms.
   */
  private static final Duration LOOK = Duration.ofMillis(500);

  private static final Duration PROBE_INTERVAL = Duration.ofMillis(250);

  private final HikariDataSource pool;
  private final Thread probe;
  private final Object wakeUp = new Object();
  private volatile boolean isAvailable = true;
  private volatile boolean closed;

  public DatabasePool(DatabaseUrl url, int poolSize) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("database");
    config.setJdbcUrl(url.jdbcUrl());
    config.setUsername(url.user());
    config.setPassword(url.password());
    config.setMaximumPoolSize(poolSize);
    config.setMinimumIdle(Math.min(2, poolSize));
    config.setConnectionTimeout(LOOK.toMillis());
    config.setValidationTimeout(LOOK.toMillis());
    config.setKeepaliveTime(Duration.ofMinutes(2).toMillis());
    config.setInitializationFailTimeout(-1);
    // Startup options would be refused by PgBouncer, so these are set by a statement.
    config.setConnectionInitSql(
        "set statement_timeout = '10s'; set lock_timeout = '5s'; set"
            + " idle_in_transaction_session_timeout = '15s'");
    config.addDataSourceProperty("ApplicationName", "nself-incident-mgmt");
    config.addDataSourceProperty("connectTimeout", "2");
    config.addDataSourceProperty("loginTimeout", "3");
    config.addDataSourceProperty("socketTimeout", "15");
    config.addDataSourceProperty("socketFactory", WatchdogSocketFactory.class.getName());
    config.addDataSourceProperty("tcpKeepAlive", "true");
    config.addDataSourceProperty("prepareThreshold", "3");
    this.pool = new HikariDataSource(config);
    this.probe = Thread.ofVirtual().name("database-probe").start(this::probe);
  }

  /** How many connections there are at most. */
  public int poolSize() {
    return pool.getMaximumPoolSize();
  }

  /**
   * A connection in autocommit mode, to be closed by the caller.
   *
   * @throws ApiException {@code unavailable} when the database is away, at once, or when every
   *     connection stays busy for 5 s
   */
  public Connection connection() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      if (!isAvailable) {
        throw away();
      }
      try {
        return pool.getConnection();
      } catch (SQLTransientConnectionException e) {
        // Hikari's own timeout. Its cause, where there is one, says why no new connection could be
        // made.
        if (e.getCause() instanceof SQLException cause && isConnectionLost(cause)) {
          markUnavailable(cause);
          throw away();
        }
        if (System.nanoTime() > deadline) {
          throw ApiException.unavailable("All database connections are busy; try again");
        }
      } catch (SQLException e) {
        markUnavailable(e);
        throw away();
      }
    }
  }

  /** The same connections, for a library that takes them so. */
  public DataSource dataSource() {
    return new AbstractDataSource() {
      @Override
      public Connection getConnection() {
        return connection();
      }

      // Refused, as by Hikari's own: every connection of a pool belongs to the same user.
      @Override
      public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("The pool has one user");
      }
    };
  }

  /**
   * What the clock of PostgreSQL says.
   *
   * @throws ApiException {@code unavailable}
   */
  public Instant now() {
    try (Connection connection = connection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select clock_timestamp()")) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    } catch (SQLException e) {
      log.debug("PostgreSQL did not say what time it is", e);
      throw away();
    }
  }

  /** Whether the database answered when it was last asked. */
  public boolean isAvailable() {
    return isAvailable;
  }

  /**
   * Tells that a statement failed for want of a connection, so that others need not find out by
   * waiting.
   */
  public void markUnavailable(SQLException e) {
    if (isAvailable && !closed) {
      log.warn("The database is away: {}", e.getMessage());
      isAvailable = false;
      synchronized (wakeUp) {
        wakeUp.notifyAll();
      }
    }
  }

  public static boolean isConnectionLost(SQLException e) {
    @Nullable String state = e.getSQLState();
    // 08: connection exceptions; 57P01 to 57P05: shut down, crashed, starting up, dropped, idle;
    // 53300: too many connections.
    return state != null
        && (state.startsWith("08") || state.startsWith("57P0") || state.equals("53300"));
  }

  private static ApiException away() {
    return ApiException.unavailable("The database is away; try again in a few seconds");
  }

  private void probe() {
    try {
      while (!closed) {
        synchronized (wakeUp) {
          while (isAvailable && !closed) {
            wakeUp.wait();
          }
        }
        if (!closed && answers()) {
          log.info("The database is back");
          isAvailable = true;
        } else {
          // It cannot say when it is back, so it is asked.
          Thread.sleep(PROBE_INTERVAL);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Goes through the pool, so that dead connections in it are found and thrown out here and not by
   * a request.
   */
  private boolean answers() {
    try (Connection connection = pool.getConnection()) {
      return connection.isValid(1);
    } catch (SQLException e) {
      log.debug("Still away: {}", e.getMessage());
      return false;
    }
  }

  @Override
  public void close() {
    closed = true;
    probe.interrupt();
    pool.close();
  }
}
