package org.nself.incidents.ops;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.DatabasePool;
import org.nself.incidents.database.Migrations;
import org.nself.incidents.database.PgNotifications;
import org.nself.incidents.database.server.ClusterGuard;
import org.nself.incidents.database.server.ClusterRecord;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.database.server.ServerState;
import org.nself.incidents.database.server.ServiceRole;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the database once per second, on a connection of its own, and keeps the result for the
 * health probes. So probes are answered at once however busy the pool is, and any number of them
 * costs the database nothing. Each change of a result is logged once.
 */
final class DatabaseHealth implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DatabaseHealth.class);

  /** Counts the database's migrations, not this process's: a newer version may have added some. */
  private static final String COUNT_APPLIED =
      "select count(*) from public."
          + Migrations.HISTORY_TABLE
          + " where success and type <> 'BASELINE'";

  /** What each request does first, and a read under row-level security. */
  private static final String ACT_AS_SERVICE =
      "select set_config('role', '"
          + ServiceRole.NAME
          + "', true), set_config('app.source_account_id', '', true),"
          + " set_config('transaction_read_only', 'on', true);"
          + " select from public.np_incidents where source_account_id = '' limit 1";

  private static final ConnectionFactory.Purpose PURPOSE =
      new ConnectionFactory.Purpose("nself-incident-mgmt-health", 3);

  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  /** How often the other hosts of the URL are asked whether one of them was promoted. */
  private static final Duration HOSTS_INTERVAL = Duration.ofSeconds(3);

  /** A result this old means that the check has had no answer since. */
  private static final Duration MAX_AGE = Duration.ofSeconds(4);

  private static final String TOO_MANY_CONNECTIONS = "53300";

  private static final String NO_ANSWER = "The database does not answer";

  private static final int MAX_COMMANDS = 3;

  /**
   * What was found.
   *
   * @param applied how many migrations the database has; null if it did not answer
   */
  private record CheckResult(List<HealthCheck> checks, @Nullable Integer applied, long checkedAt) {}

  private final ConnectionFactory connections;
  private final DatabasePool pool;
  private final Migrations migrations;
  private final PgNotifications notifications;
  private final boolean works;
  private final Thread thread;
  private final Thread hostsThread;
  private volatile CheckResult result;
  private volatile boolean closed;

  /** Used by the thread that checks, after the first check. */
  private @Nullable Connection connection;

  /** Used by the thread that checks. The last code of each check. */
  private final Map<String, String> reported = new HashMap<>();

  /** The timeline that the database remembers. */
  private int recordedTimeline;

  /**
   * Checks once before it returns, then in the background.
   *
   * @param pool the pool that serves requests; while it has no connection the database counts as
   *     unavailable
   * @param works whether this process executes runbooks, by its settings
   */
  DatabaseHealth(
      ConnectionFactory connections,
      DatabasePool pool,
      Migrations migrations,
      PgNotifications notifications,
      boolean works) {
    this.connections = connections;
    this.pool = pool;
    this.migrations = migrations;
    this.notifications = notifications;
    this.works = works;
    this.recordedTimeline = connections.guard().timeline();
    this.result = new CheckResult(List.of(), null, System.nanoTime());
    this.result = check();
    this.thread = Thread.ofVirtual().name("database-health").start(this::checkRepeatedly);
    this.hostsThread = Thread.ofVirtual().name("database-hosts").start(this::observeHosts);
  }

  /** How many migrations the database has; null while it is unavailable. */
  @Nullable Integer appliedMigrations() {
    CheckResult latest = result;
    return isCurrent(latest) && pool.isReady() ? latest.applied() : null;
  }

  /** All checks, the database's first. */
  List<HealthCheck> checks() {
    CheckResult latest = result;
    List<HealthCheck> checks = new ArrayList<>();
    if (isCurrent(latest)) {
      checks.addAll(latest.checks());
    } else {
      checks.add(unreachable());
    }
    checks.add(pool());
    checks.add(notifications());
    checks.add(runbooks());
    return checks;
  }

  private static boolean isCurrent(CheckResult result) {
    return System.nanoTime() - result.checkedAt() < MAX_AGE.toNanos();
  }

  private void checkRepeatedly() {
    while (!closed) {
      try {
        // At intervals: PostgreSQL does not announce that it stops answering.
        Thread.sleep(CHECK_INTERVAL);
        result = check();
        report();
      } catch (InterruptedException e) {
        // By close(), which is seen by the loop's condition.
        log.debug("The health check was interrupted");
      } catch (Throwable e) {
        log.error("The health check failed; it continues", e);
      }
    }
    disconnect();
  }

  private void observeHosts() {
    while (!closed) {
      try {
        // At intervals: a standby does not announce its promotion.
        Thread.sleep(HOSTS_INTERVAL);
        for (String refusal : connections.observeHosts(PURPOSE)) {
          log.debug("A host of DATABASE_URL is not used: {}", refusal);
        }
      } catch (InterruptedException e) {
        log.debug("Observing the hosts was interrupted");
      } catch (Throwable e) {
        log.error("Observing the hosts failed; it continues", e);
      }
    }
  }

  /** The code of a check whose result is not known yet. */
  private static final String CONNECTING = "connecting";

  /** Logs each check whose result changed; nothing where all is well from the start. */
  private void report() {
    for (HealthCheck check : checks()) {
      if (check.code().equals(CONNECTING)) {
        continue;
      }
      @Nullable String before = reported.put(check.name(), check.code());
      if (check.code().equals(before)) {
        continue;
      }
      String command = check.command() == null ? "" : "; run: " + check.command();
      if (check.fails()) {
        log.error("Not ready: {}: {}{}", check.name(), check.message(), command);
      } else if (!check.passes()) {
        log.warn("Health: {}: {}{}", check.name(), check.message(), command);
      } else if (before != null) {
        log.info("Health: {}: {}", check.name(), check.message());
      }
    }
  }

  private CheckResult check() {
    ClusterGuard guard = connections.guard();
    try {
      Connection open = connect();
      ServerState server = ServerState.read(open);
      if (guard.observe(server) != null) {
        // There may be another host that can be used.
        disconnect();
        open = connect();
        server = ServerState.read(open);
      }
      guard.refuse(null);
      return checkAll(open, server);
    } catch (ClusterGuard.RefusedServerException e) {
      guard.refuse(e.getMessage());
      disconnect();
      return failed(
          HealthCheck.failed(
              "database",
              "wrong_server",
              e.getMessage() + ": nothing is read or written there",
              "stop that server, or let DATABASE_URL lead to the primary; then restart this"
                  + " process"));
    } catch (SQLException e) {
      log.debug("The health check had no answer from the database: {}", e.getMessage());
      disconnect();
      if (TOO_MANY_CONNECTIONS.equals(e.getSQLState()) && pool.isAvailable()) {
        return busy();
      }
      return failed(unreachable());
    }
  }

  /** The pool has connections, so requests are served; what was found before still holds. */
  private CheckResult busy() {
    List<HealthCheck> checks = new ArrayList<>(result.checks());
    checks.removeIf(check -> check.name().equals("database"));
    checks.addFirst(
        HealthCheck.warning(
            "database",
            "no_slot",
            "PostgreSQL has no connection left for the health check",
            "lower DATABASE_POOL_SIZE, or raise max_connections"));
    return new CheckResult(checks, result.applied(), System.nanoTime());
  }

  private static CheckResult failed(HealthCheck check) {
    return new CheckResult(List.of(check), null, System.nanoTime());
  }

  private static HealthCheck unreachable() {
    return HealthCheck.failed(
        "database", "unreachable", NO_ANSWER, "psql \"$DATABASE_URL\" -c 'select 1'");
  }

  private CheckResult checkAll(Connection open, ServerState server) throws SQLException {
    List<HealthCheck> checks = new ArrayList<>();
    checks.add(server(server));
    ServiceRole.Status status = ServiceRole.status(open);
    if (status == ServiceRole.Status.MISSING) {
      checks.add(role(status, server.user()));
    } else {
      List<String> missing = ServiceRole.missingGrants(open);
      HealthCheck role = role(status, server.user());
      checks.add(role.passes() && missing.isEmpty() ? acting(open, role) : role);
      checks.add(grants(missing));
    }
    int applied = count(open);
    checks.add(migrations(applied));
    if (!server.standby() && connections.guard().timeline() > recordedTimeline) {
      ClusterRecord.advance(open, server);
      recordedTimeline = connections.guard().timeline();
    }
    return new CheckResult(List.copyOf(checks), applied, System.nanoTime());
  }

  private HealthCheck server(ServerState server) {
    String way = connections.isPooled() ? "through a pooler" : "directly";
    if (server.standby()) {
      return HealthCheck.failed(
          "database",
          "standby",
          "The server is a standby: only reads work there, and no live events",
          "name the primary in DATABASE_URL, or all hosts with target_session_attrs=read-write; if"
              + " the primary is lost, on the standby: select pg_promote();");
    }
    if (server.readOnly()) {
      return HealthCheck.failed(
          "database",
          "read_only",
          "The database is read-only (default_transaction_read_only)",
          "alter database %s set default_transaction_read_only = off;"
              .formatted(server.database()));
    }
    return HealthCheck.ok(
        "database",
        connections.isPooled() ? "pooled" : "direct",
        server.timeline() == null
            ? "Connected " + way
            : "Connected %s to the primary on WAL timeline %d".formatted(way, server.timeline()));
  }

  private static HealthCheck role(ServiceRole.Status status, String login) {
    String name = "role";
    String code = status.name().toLowerCase(Locale.ROOT);
    return switch (status) {
      case OK -> HealthCheck.ok(name, code, "Requests run as " + ServiceRole.NAME);
      case MISSING ->
          HealthCheck.failed(
              name,
              code,
              "The role " + ServiceRole.NAME + " does not exist",
              ServiceRole.remedy(status, login) + " then restart this process");
      case NOT_MEMBER ->
          HealthCheck.failed(
              name,
              code,
              "The user of DATABASE_URL is no member of " + ServiceRole.NAME,
              ServiceRole.remedy(status, login));
      case BYPASSES_ISOLATION ->
          HealthCheck.failed(
              name,
              code,
              "The role " + ServiceRole.NAME + " is not subject to row-level security",
              ServiceRole.remedy(status, login));
    };
  }

  private static HealthCheck acting(Connection open, HealthCheck role) throws SQLException {
    try (Statement statement = open.createStatement()) {
      statement.execute(ACT_AS_SERVICE);
      return role;
    } catch (SQLException e) {
      if (DatabasePool.isConnectionLost(e)) {
        throw e;
      }
      log.debug("Reading as the service's role failed: {}", e.getMessage());
      return HealthCheck.failed(
          "role",
          "cannot_read",
          "Requests cannot read incidents (SQLSTATE %s)".formatted(e.getSQLState()),
          "restart this process, which grants again, and see its log");
    }
  }

  private static HealthCheck grants(List<String> missing) {
    if (missing.isEmpty()) {
      return HealthCheck.ok("grants", "ok", "The role has all grants");
    }
    String commands = String.join(" ", missing.subList(0, Math.min(MAX_COMMANDS, missing.size())));
    return HealthCheck.failed(
        "grants",
        "missing",
        "The role lacks %d of its grants".formatted(missing.size()),
        missing.size() > MAX_COMMANDS
            ? commands + " … or restart this process as the owner of the tables, which grants all"
            : commands);
  }

  private static int count(Connection open) throws SQLException {
    try (Statement statement = open.createStatement();
        ResultSet row = statement.executeQuery(COUNT_APPLIED)) {
      row.next();
      return row.getInt(1);
    } catch (SQLException e) {
      if (DatabasePool.isConnectionLost(e)) {
        throw e;
      }
      log.debug("Counting the migrations failed: {}", e.getMessage());
      return 0;
    }
  }

  private HealthCheck migrations(int applied) {
    int expected = migrations.expected();
    if (applied < expected) {
      return HealthCheck.failed(
          "migrations",
          "pending",
          "%d of %d migrations are applied".formatted(applied, expected),
          "restart this process, which migrates");
    }
    return applied > expected
        ? HealthCheck.ok(
            "migrations",
            "newer",
            "%d migrations are applied, %d of them by a newer version"
                .formatted(applied, applied - expected))
        : HealthCheck.ok("migrations", "ok", "All %d migrations are applied".formatted(applied));
  }

  private HealthCheck pool() {
    @Nullable SQLException failure = pool.failure();
    if (pool.isReady()) {
      return HealthCheck.ok(
          "pool",
          "ok",
          "%d of %d connections are in use".formatted(pool.activeConnections(), pool.poolSize()));
    }
    return failure != null && TOO_MANY_CONNECTIONS.equals(failure.getSQLState())
        ? HealthCheck.failed(
            "pool",
            "too_many_connections",
            "PostgreSQL refuses further connections",
            "lower DATABASE_POOL_SIZE, or raise max_connections")
        : HealthCheck.failed("pool", "no_connection", "No connection can be made", null);
  }

  private HealthCheck notifications() {
    String name = "notifications";
    return switch (notifications.state()) {
      case LISTENING ->
          HealthCheck.ok(name, "listening", "Events of other processes arrive by LISTEN");
      case OFF ->
          HealthCheck.ok(name, "polling", "LISTEN is off: other processes are polled every 200 ms");
      case CONNECTING ->
          HealthCheck.warning(
              name,
              CONNECTING,
              "The connection for LISTEN is being made: other processes are polled every 200 ms",
              null);
      case IMPOSSIBLE ->
          HealthCheck.warning(
              name,
              "polling",
              "LISTEN receives nothing through the pooler: other processes are polled every 200 ms",
              "set LISTEN_DATABASE_URL to the database itself, or to off");
    };
  }

  private HealthCheck runbooks() {
    if (migrations.isCopy()) {
      return HealthCheck.warning(
          "runbooks",
          "copy",
          "The database was restored from another cluster: no step is started",
          "if the runbooks are to go on here, set RESUME_WORK=true for one start");
    }
    return works
        ? HealthCheck.ok("runbooks", "ok", "Runbooks are executed")
        : HealthCheck.ok("runbooks", "off", "RUNBOOK_WORKERS=0: other processes execute them");
  }

  private Connection connect() throws SQLException {
    @Nullable Connection open = connection;
    if (open == null) {
      open = connections.open(PURPOSE);
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
    hostsThread.interrupt();
  }
}
