package org.nself.incidents.ops;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.DatabasePool;
import org.nself.incidents.database.Migrations;
import org.nself.incidents.settings.DatabaseUrl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the database once per second, on a connection of its own, and keeps the result for the
 * health probes. So probes are answered at once however busy the pool is, and any number of them
 * costs the database nothing.
 */
final class DatabaseHealth implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DatabaseHealth.class);

  /** Counts the database's migrations, not this process's: a newer version may have added some. */
  private static final String COUNT_APPLIED =
      "select count(*) from public."
          + Migrations.HISTORY_TABLE
          + " where success and type <> 'BASELINE'";

  /** Identifies the connection in pg_stat_activity. */
  private static final String APPLICATION_NAME = "nself-incident-mgmt-health";

  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  /** A result this old means that the check has had no answer since. */
  private static final Duration MAX_AGE = Duration.ofSeconds(4);

  private record CheckResult(@Nullable Integer appliedMigrations, long checkedAt) {}

  private final DatabaseUrl url;
  private final DatabasePool pool;
  private final Thread thread;
  private volatile CheckResult result;
  private volatile boolean closed;

  /** Used by the thread that checks, after the first check. */
  private @Nullable Connection connection;

  /**
   * Checks once before it returns, then in the background.
   *
   * @param pool the pool that serves requests; while it has no connection the database counts as
   *     unavailable
   */
  DatabaseHealth(DatabaseUrl url, DatabasePool pool) {
    this.url = url;
    this.pool = pool;
    this.result = check();
    this.thread = Thread.ofVirtual().name("database-health").start(this::checkRepeatedly);
  }

  /** How many migrations the database has; null while it is unavailable. */
  @Nullable Integer appliedMigrations() {
    CheckResult latest = result;
    boolean current = System.nanoTime() - latest.checkedAt() < MAX_AGE.toNanos();
    return current && pool.isAvailable() ? latest.appliedMigrations() : null;
  }

  private void checkRepeatedly() {
    while (!closed) {
      try {
        // At intervals: PostgreSQL does not announce that it stops answering.
        Thread.sleep(CHECK_INTERVAL);
        result = check();
      } catch (InterruptedException e) {
        // By close(), which is seen by the loop's condition.
        log.debug("The health check was interrupted");
      } catch (Throwable e) {
        log.error("The health check failed; it continues", e);
      }
    }
    disconnect();
  }

  private CheckResult check() {
    try (Statement statement = connect().createStatement();
        ResultSet row = statement.executeQuery(COUNT_APPLIED)) {
      row.next();
      return new CheckResult(row.getInt(1), System.nanoTime());
    } catch (SQLException e) {
      log.debug("The health check had no answer from the database: {}", e.getMessage());
      disconnect();
      return new CheckResult(null, System.nanoTime());
    }
  }

  private Connection connect() throws SQLException {
    @Nullable Connection open = connection;
    if (open == null) {
      Properties properties = url.connectionProperties(APPLICATION_NAME);
      properties.setProperty("socketTimeout", "3");
      open = DriverManager.getConnection(url.jdbcUrl(), properties);
      connection = open;
    }
    return open;
  }

  private void disconnect() {
    @Nullable Connection open = connection;
    connection = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        log.debug("Closing the connection of the health check failed: {}", e.getMessage());
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
