package org.nself.incidents.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.server.ClusterRecord;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.database.server.ServerState;
import org.nself.incidents.database.server.ServiceRole;
import org.nself.incidents.settings.ConfigurationException;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.settings.ServerSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Migrates the schema to the version of this program, as the login role. Several processes may
 * start at once: one migrates while the others wait for an advisory lock.
 *
 * @param applied how many migrations the database has
 * @param expected how many migrations this program has
 * @param isCopy whether the database was restored from another cluster, whose durable work must not
 *     be done twice
 */
public record Migrations(int applied, int expected, boolean isCopy) {

  private static final Logger log = LoggerFactory.getLogger(Migrations.class);

  /** Not Flyway's default table, which other programs may use in the same schema. */
  public static final String HISTORY_TABLE = "np_incident_mgmt_migrations";

  private static final int MIN_VERSION = 140_000;

  private static final Duration MAX_WAIT = Duration.ofSeconds(30);

  private static final Duration RETRY_INTERVAL = Duration.ofSeconds(1);

  /** Of a migration that could not lock its tables. */
  private static final int MAX_ATTEMPTS = 5;

  private static final String DEADLOCK_DETECTED = "40P01";
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private static final ConnectionFactory.Purpose PURPOSE =
      new ConnectionFactory.Purpose("nself-incident-mgmt migrations", 0);

  /** As {@link #run(ConnectionFactory)}, with the default settings. */
  public static Migrations run(DatabaseUrl url) {
    return run(ConnectionFactory.of(url));
  }

  /**
   * @throws ConfigurationException when the database cannot be reached within half a minute, its
   *     server is too old or a former primary, it is not in UTF-8, or a migration fails
   */
  public static Migrations run(ConnectionFactory connections) {
    try (Connection connection = connect(connections)) {
      ServerState server = ServerState.read(connection);
      requireSupported(server);
      if (!server.standby()) {
        ServiceRole.ensure(connection, server.user());
      }
      Flyway flyway = configuration(connections).load();
      MigrationInfo[] known = flyway.info().all();
      // False only at the first start of a version.
      if (!Arrays.stream(known).allMatch(Migrations::isDone)) {
        if (server.standby()) {
          throw new ConfigurationException(
              "DATABASE_URL",
              "names a standby whose schema is older than this version: start it on the primary"
                  + " first");
        }
        int executed = migrateUnderLock(connection, flyway, connections.settings());
        if (executed > 0) {
          log.info("Database schema migrated: {} migrations applied", executed);
        }
        known = flyway.info().all();
      }
      Migrations result =
          new Migrations(
              count(known, info -> info.getState().isApplied()),
              count(known, info -> info.getState().isResolved()),
              ClusterRecord.isCopy(connection, server, connections.settings().resumeWork()));
      // A later version may have taken grants away.
      if (!server.standby() && result.applied() == result.expected()) {
        grantMissing(connection);
      }
      return result;
    } catch (FlywayException e) {
      throw unusable(reason(e));
    } catch (SQLException e) {
      throw unusable(oneLine(String.valueOf(e.getMessage())));
    }
  }

  private static ConfigurationException unusable(String reason) {
    return new ConfigurationException(
        "DATABASE_URL", "names a database that cannot be migrated: " + reason);
  }

  /** Waits until the database accepts connections. */
  private static Connection connect(ConnectionFactory connections) throws SQLException {
    for (String refusal : connections.observeHosts(PURPOSE)) {
      log.warn("A host of DATABASE_URL is not used: {}", refusal);
    }
    long deadline = System.nanoTime() + MAX_WAIT.toNanos();
    while (true) {
      try {
        return connections.open(PURPOSE);
      } catch (SQLException e) {
        if (System.nanoTime() > deadline || !isTransient(e)) {
          throw e;
        }
        log.debug("The database does not answer yet: {}", e.getMessage());
        // PostgreSQL does not announce that it starts, so it is tried at intervals.
        LockSupport.parkNanos(RETRY_INTERVAL.toNanos());
      }
    }
  }

  /** Whether a server that starts, or is busy, may be the reason. */
  private static boolean isTransient(SQLException e) {
    @Nullable String state = e.getSQLState();
    return state != null && !state.equals("08004") && DatabasePool.isConnectionLost(e);
  }

  private static void grantMissing(Connection connection) throws SQLException {
    try {
      List<String> granted = ServiceRole.grantMissing(connection);
      if (!granted.isEmpty()) {
        log.warn("Grants were missing and are there again: {}", String.join(" ", granted));
      }
    } catch (SQLException e) {
      log.debug("Grants are missing: {}", e.getMessage());
    }
  }

  /** Whether Flyway would neither apply the migration nor find a fault in it. */
  private static boolean isDone(MigrationInfo migration) {
    return migration.getState().isApplied()
        && !migration.getState().isFailed()
        && migration.getState() != MigrationState.MISSING_SUCCESS
        && migration.isChecksumMatching()
        && migration.isDescriptionMatching()
        && migration.isTypeMatching();
  }

  /**
   * Migrates while no other process does. Flyway's own lock is not enough: a process that starts
   * between another's creation of the history table and its first row rejects the empty table. The
   * lock belongs to an open transaction: a session's would stay with a pooler's connection.
   */
  private static int migrateUnderLock(Connection connection, Flyway flyway, ServerSettings settings)
      throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          set local lock_timeout = '%ds'; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
          select pg_advisory_xact_lock(hashtextextended('%s', 0))
          """
              .formatted(settings.migrationTimeoutSeconds(), HISTORY_TABLE));
      return migrate(flyway);
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  /**
   * A migration beside processes that serve may wait for a lock for too long, or deadlock with a
   * transaction. It is rolled back then, so it is tried again.
   */
  private static int migrate(Flyway flyway) {
    for (int attempt = 1; ; attempt++) {
      try {
        return flyway.migrate().migrationsExecuted;
      } catch (FlywayException e) {
        if (attempt == MAX_ATTEMPTS || !isLockConflict(e)) {
          throw e;
        }
        log.warn(
            "A migration lost its locks to running transactions and starts again: {}", reason(e));
      }
    }
  }

  private static boolean isLockConflict(FlywayException e) {
    return cause(e) instanceof SQLException cause
        && (DEADLOCK_DETECTED.equals(cause.getSQLState())
            || LOCK_NOT_AVAILABLE.equals(cause.getSQLState()));
  }

  /** Other encodings cannot store every text, or count its length differently. */
  private static void requireSupported(ServerState server) {
    if (server.versionNumber() < MIN_VERSION) {
      throw new ConfigurationException(
          "DATABASE_URL",
          "names a PostgreSQL %s; 14 to 18 are supported: upgrade the server"
              .formatted(server.version()));
    }
    if (!server.encoding().equals("UTF8")) {
      throw new ConfigurationException(
          "DATABASE_URL",
          "names a database in the encoding %s; it must be UTF-8: create database %s encoding 'UTF8' template template0"
              .formatted(server.encoding(), server.database()));
    }
  }

  private static int count(MigrationInfo[] known, Predicate<MigrationInfo> test) {
    return (int)
        Arrays.stream(known).filter(info -> !info.getType().isBaseline()).filter(test).count();
  }

  static FluentConfiguration configuration(ConnectionFactory connections) {
    String scope = connections.isPooled() ? "local" : "session";
    // Migrations in batches commit a thousand times. A crash may undo the last commits, in their
    // order: then the row of the history is gone with the batches, and the next start goes on.
    String session =
        "set %1$s lock_timeout = '5s'; set %1$s statement_timeout = '%2$ds'; set %1$s synchronous_commit = off"
            .formatted(scope, connections.settings().migrationTimeoutSeconds());
    FluentConfiguration configuration =
        Flyway.configure()
            .dataSource(connections.dataSource(PURPOSE))
            .defaultSchema("public")
            .createSchemas(false)
            .table(HISTORY_TABLE)
            .locations("classpath:db/migration")
            // The schema holds tables of other programs, such as Hasura.
            .baselineOnMigrate(true)
            .baselineVersion("0")
            .validateMigrationNaming(true)
            .lockRetryCount(60);
    return connections.isPooled()
        ? configuration.callbacks(new EachMigration(session))
        : configuration.initSql(session);
  }

  /** Executes a statement in the transaction of each migration. */
  private record EachMigration(String sql) implements Callback {

    @Override
    public boolean supports(Event event, Context context) {
      return event == Event.BEFORE_EACH_MIGRATE;
    }

    @Override
    public boolean canHandleInTransaction(Event event, Context context) {
      return true;
    }

    @Override
    public void handle(Event event, Context context) {
      try (Statement statement = context.getConnection().createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new FlywayException(e.getMessage(), e);
      }
    }

    @Override
    public String getCallbackName() {
      return "session settings";
    }
  }

  private static String reason(FlywayException e) {
    return oneLine(String.valueOf(cause(e).getMessage()));
  }

  /** The error of the database, or the innermost one. */
  private static Throwable cause(FlywayException e) {
    Throwable cause = e;
    while (cause.getCause() != null && !(cause instanceof SQLException)) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
