package org.nself.incidents.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.fairness.FairLimiter;
import org.nself.incidents.settings.BuildInfo;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * A pool of connections to PostgreSQL, given out first come, first served, and whether PostgreSQL
 * is available. While it is not, {@link #connection()} fails at once instead of letting requests
 * accumulate; the monitor thread notices when connections can be made again.
 *
 * <p>One failed statement or refused connection does not make the database unavailable: it is
 * unavailable when no connection is idle and none could be made for {@link #BORROW_TIMEOUT}.
 */
public final class DatabasePool implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DatabasePool.class);

  /**
   * How long a thread waits for a connection that is being made, once it is its turn; the wait for
   * its turn is limited by {@link FairLimiter}.
   */
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  /**
   * How often a thread for which a connection is being made checks whether the database became
   * unavailable. HikariCP's minimum is 250 ms.
   */
  private static final Duration BORROW_TIMEOUT = Duration.ofMillis(500);

  /**
   * How long an idle connection may take to answer before it counts as dead. A server that writes a
   * checkpoint or moves to another host is silent for a second.
   */
  private static final Duration VALIDATION_TIMEOUT = Duration.ofMillis(2_500);

  /** How often an unavailable database is tried. */
  private static final Duration PROBE_INTERVAL = Duration.ofMillis(250);

  /** How often overdue waiters are expired while no permit is acquired or released. */
  private static final Duration EXPIRY_INTERVAL = Duration.ofSeconds(1);

  /** HikariCP's message, without a state, for a connection that it closed because it was lost. */
  private static final String CLOSED_BY_POOL = "Connection is closed";

  private static final String TOO_MANY_CONNECTIONS = "53300";

  private static final ConnectionFactory.Purpose PURPOSE =
      new ConnectionFactory.Purpose(
          "nself-incident-mgmt",
          15,
          WatchdogSocketFactory.class.getName(),
          "set statement_timeout = '10s'; set lock_timeout = '5s'; set"
              + " idle_in_transaction_session_timeout = '15s'");

  /** Connections are given out in the order of arrival; accounts take turns before that. */
  private static final String ALL_ACCOUNTS = "";

  private final String name;
  private final ConnectionFactory connections;
  private final MeterRegistry metrics;
  private final Tags tags;
  private final HikariDataSource pool;
  private final FairLimiter limiter;
  private final List<FairLimiter> limiters = new CopyOnWriteArrayList<>();
  private final Thread monitor;

  /** Whether a connection was lost and the monitor has not found out yet whether others work. */
  private final AtomicBoolean checkRequested = new AtomicBoolean();

  private final AtomicBoolean available = new AtomicBoolean(true);
  private volatile @Nullable SQLException failure;
  private volatile boolean closed;

  /**
   * @param name tells this pool's metrics from another's
   * @param poolSize how many connections there are at most
   */
  public DatabasePool(
      String name, ConnectionFactory connections, int poolSize, MeterRegistry metrics) {
    this.name = name;
    this.connections = connections;
    this.metrics = metrics;
    this.tags = Tags.of("plugin", BuildInfo.NAME, "pool", name);
    HikariConfig config = new HikariConfig();
    config.setPoolName("database-" + name);
    config.setDataSource(connections.dataSource(PURPOSE));
    config.setMaximumPoolSize(poolSize);
    config.setMinimumIdle(Math.min(2, poolSize));
    config.setConnectionTimeout(BORROW_TIMEOUT.toMillis());
    config.setValidationTimeout(VALIDATION_TIMEOUT.toMillis());
    config.setKeepaliveTime(Duration.ofMinutes(2).toMillis());
    config.setInitializationFailTimeout(-1);
    config.setExceptionOverride(new KeepAfterOutdatedPlan());
    this.pool = new HikariDataSource(config);
    this.limiter =
        newLimiter(
            "connection",
            new FairLimiter.Options(poolSize, "All database connections are busy; try again"));
    registerGauges();
    // What leads to the former primary must not be used any more.
    connections.guard().onPromotion(() -> pool.getHikariPoolMXBean().softEvictConnections());
    this.monitor = Thread.ofVirtual().name("database-monitor-" + name).start(this::monitor);
  }

  private void registerGauges() {
    gauge("active", HikariPoolMXBean::getActiveConnections);
    gauge("idle", HikariPoolMXBean::getIdleConnections);
    gauge("total", HikariPoolMXBean::getTotalConnections);
    Gauge.builder(
            "nself_plugin_database_connections_max", pool, HikariDataSource::getMaximumPoolSize)
        .description("How many connections the pool has at most")
        .tags(tags)
        .register(metrics);
    Gauge.builder(
            "nself_plugin_database_available", this, database -> database.isAvailable() ? 1 : 0)
        .description("1 while the pool can give connections, 0 while the database is unavailable")
        .tags(tags)
        .register(metrics);
  }

  private void gauge(String state, ToDoubleFunction<HikariPoolMXBean> count) {
    Gauge.builder("nself_plugin_database_connections", pool.getHikariPoolMXBean(), count)
        .description("Connections of the pool: in use, idle, and both together")
        .tags(tags.and("state", state))
        .register(metrics);
  }

  /**
   * A further limit for some users of this pool. Its waiters are refused while the database is
   * unavailable.
   *
   * @param queue names it in metrics
   */
  FairLimiter newLimiter(String queue, FairLimiter.Options options) {
    FairLimiter added =
        new FairLimiter(
            options,
            "nself_plugin_database_queue",
            "access to the database",
            tags.and("queue", queue),
            metrics);
    limiters.add(added);
    return added;
  }

  /**
   * Whether a pooler gives each transaction another connection of its own: what a statement sets
   * for the session is lost, or left to others.
   */
  public boolean isPooled() {
    return connections.isPooled();
  }

  /** How many connections are in use now. */
  public int activeConnections() {
    return pool.getHikariPoolMXBean().getActiveConnections();
  }

  /** How many connections there are at most. */
  public int poolSize() {
    return pool.getMaximumPoolSize();
  }

  /**
   * A connection in autocommit mode, to be closed by the caller.
   *
   * @throws ApiException {@code unavailable}: at once when the database is unavailable, else when
   *     no connection was free within 5 s
   */
  public Connection connection() {
    requireAvailable();
    limiter.acquire(ALL_ACCOUNTS);
    boolean borrowed = false;
    try {
      Connection connection = releasingPermit(borrow());
      borrowed = true;
      return connection;
    } finally {
      if (!borrowed) {
        limiter.release(ALL_ACCOUNTS);
      }
    }
  }

  /** What is done with a connection. */
  @FunctionalInterface
  interface ConnectionWork<T> {
    T run(Connection connection) throws SQLException;
  }

  /**
   * Does the work with a connection in autocommit mode, which must not be used after it.
   *
   * @throws ApiException as {@link #connection()}
   */
  <T> T withConnection(ConnectionWork<T> work) throws SQLException {
    requireAvailable();
    limiter.acquire(ALL_ACCOUNTS);
    try (Connection connection = borrow()) {
      return work.run(connection);
    } finally {
      limiter.release(ALL_ACCOUNTS);
    }
  }

  /**
   * Borrows from HikariCP. No more threads are here than there are connections, so one that waits
   * does so for a connection that is being made, not for its turn.
   */
  private Connection borrow() {
    long deadline = System.nanoTime() + MAX_WAIT.toNanos();
    while (true) {
      requireAvailable();
      try {
        return pool.getConnection();
      } catch (SQLTransientConnectionException e) {
        // The timeout. Its cause, if any, is why the last new connection could not be made.
        markUnavailableIfNoneLeft(e);
        if (System.nanoTime() > deadline) {
          throw ApiException.unavailable(
              "No database connection could be made within 5 s; try again");
        }
      } catch (SQLException e) {
        if (e.getCause() instanceof InterruptedException) {
          throw interrupted();
        }
        log.warn("No connection from the pool {}: {}", name, e.getMessage());
        throw unavailable();
      }
    }
  }

  /** The connection, whose {@code close} also releases the permit. */
  private Connection releasingPermit(Connection connection) {
    AtomicBoolean released = new AtomicBoolean();
    return (Connection)
        Proxy.newProxyInstance(
            DatabasePool.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (_, method, arguments) -> {
              try {
                return invoke(connection, method, arguments);
              } finally {
                if (method.getName().equals("close") && released.compareAndSet(false, true)) {
                  limiter.release(ALL_ACCOUNTS);
                }
              }
            });
  }

  private static @Nullable Object invoke(
      Connection connection, Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(connection, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  /** The same connections, for a library that takes a data source. */
  public DataSource dataSource() {
    return new AbstractDataSource() {
      @Override
      public Connection getConnection() {
        return connection();
      }

      // Refused, as by HikariCP: every connection of a pool belongs to the same user.
      @Override
      public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("The pool has one user");
      }
    };
  }

  /**
   * The time of PostgreSQL's clock.
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
      log.debug("Reading PostgreSQL's clock failed", e);
      throw unavailable();
    }
  }

  /** Whether connections can be made, or were there, when last tried. */
  public boolean isAvailable() {
    return available.get();
  }

  /**
   * Whether requests get connections now: it is available, and has at least one connection if one
   * was lost.
   */
  public boolean isReady() {
    return isAvailable()
        && (!checkRequested.get() || pool.getHikariPoolMXBean().getTotalConnections() > 0);
  }

  /** Why the last connection could not be made, while the database is unavailable. */
  public @Nullable SQLException failure() {
    return isAvailable() ? null : failure;
  }

  /**
   * Has the monitor check the database, because a statement lost its connection. The database stays
   * available unless the check fails.
   */
  public void onConnectionLost(SQLException e) {
    log.debug("A connection was lost: {}", e.getMessage());
    checkRequested.set(true);
    LockSupport.unpark(monitor);
  }

  public static boolean isConnectionLost(SQLException e) {
    @Nullable String state = e.getSQLState();
    if (state == null) {
      return CLOSED_BY_POOL.equals(e.getMessage());
    }
    // 08: connection exceptions; 57P01 to 57P05: shut down, crashed, starting up, dropped, idle.
    return state.startsWith("08") || state.startsWith("57P0") || state.equals(TOO_MANY_CONNECTIONS);
  }

  private void requireAvailable() {
    if (!isAvailable() || connections.guard().refusal() != null) {
      throw unavailable();
    }
  }

  static ApiException unavailable() {
    return ApiException.unavailable("Database unavailable; try again in a few seconds");
  }

  static ApiException interrupted() {
    return ApiException.unavailable("The service is stopping; try again");
  }

  /**
   * After HikariCP had no connection for {@link #BORROW_TIMEOUT}: whether that is because none can
   * be made. If all are in use, or PostgreSQL refuses only further ones, those in use are waited
   * for.
   */
  private void markUnavailableIfNoneLeft(SQLTransientConnectionException timeout) {
    HikariPoolMXBean state = pool.getHikariPoolMXBean();
    if (timeout.getCause() instanceof SQLException failure
        && isConnectionLost(failure)
        && state.getIdleConnections() == 0
        && state.getTotalConnections() < poolSize()
        && (state.getTotalConnections() == 0
            || !TOO_MANY_CONNECTIONS.equals(failure.getSQLState()))) {
      markUnavailable(failure);
    }
  }

  private void markUnavailable(SQLException reason) {
    failure = reason;
    if (!closed && available.compareAndSet(true, false)) {
      log.warn("Database unavailable (pool {}): {}", name, reason.getMessage());
      limiters.forEach(waiting -> waiting.rejectWaiters(DatabasePool::unavailable));
      LockSupport.unpark(monitor);
    }
  }

  private void markAvailable() {
    if (available.compareAndSet(false, true)) {
      log.info("Database available again (pool {})", name);
    }
  }

  private void monitor() {
    while (!closed) {
      try {
        // Until a lost connection is reported. PostgreSQL cannot report that it is back, so an
        // unavailable one is tried at intervals.
        boolean certain = isAvailable() && !checkRequested.get();
        LockSupport.parkNanos((certain ? EXPIRY_INTERVAL : PROBE_INTERVAL).toNanos());
        if ((checkRequested.getAndSet(false) || !isAvailable()) && !check()) {
          checkRequested.set(true);
        }
        limiters.forEach(FairLimiter::expireWaiters);
      } catch (Throwable e) {
        log.error("The monitor of the pool {} failed; it continues", name, e);
      }
    }
  }

  /**
   * Tries a connection of the pool, so that dead ones are removed here and not by a request. Does
   * not wait for its turn: it would be last.
   *
   * @return whether that told if the database is available; not while the server neither accepts
   *     nor refuses a connection
   */
  private boolean check() {
    try (Connection connection = pool.getConnection()) {
      boolean valid = connection.isValid(1);
      if (valid) {
        markAvailable();
      }
      return valid;
    } catch (SQLTransientConnectionException e) {
      markUnavailableIfNoneLeft(e);
      boolean allInUse = pool.getHikariPoolMXBean().getTotalConnections() == poolSize();
      return allInUse || !isAvailable();
    } catch (SQLException e) {
      log.debug("Checking the database failed: {}", e.getMessage());
      return false;
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(monitor);
    pool.close();
  }
}
