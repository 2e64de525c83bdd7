package org.nself.incidents.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Predicate;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.nself.incidents.settings.ConfigurationException;
import org.nself.incidents.settings.DatabaseUrl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Migrates the schema to the version of this program, as the login role. Several processes may
 * start at once: one migrates while the others wait for an advisory lock.
 *
 * @param applied how many migrations the database has
 * @param expected how many migrations this program has
 */
public record Migrations(int applied, int expected) {

  private static final Logger log = LoggerFactory.getLogger(Migrations.class);

  /** Not Flyway's default table, which other programs may use in the same schema. */
  public static final String HISTORY_TABLE = "np_incident_mgmt_migrations";

  /**
   * @throws ConfigurationException when the database cannot be reached within half a minute, is not
   *     in UTF-8, or a migration fails
   */
  public static Migrations run(DatabaseUrl url) {
    Flyway flyway = configuration(url).load();
    try {
      // Retries until the database accepts connections, which DriverManager does not.
      MigrationInfo[] known = flyway.info().all();
      try (Connection connection =
          DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password())) {
        requireUtf8(connection);
        // True only at the first start of a version.
        if (!Arrays.stream(known).allMatch(Migrations::isDone)) {
          int executed = migrateUnderLock(connection, flyway);
          if (executed > 0) {
            log.info("Database schema migrated: {} migrations applied", executed);
          }
          known = flyway.info().all();
        }
      } catch (SQLException e) {
        throw new FlywayException(e.getMessage(), e);
      }
      return new Migrations(
          count(known, info -> info.getState().isApplied()),
          count(known, info -> info.getState().isResolved()));
    } catch (FlywayException e) {
      throw new ConfigurationException(
          "DATABASE_URL", "names a database that cannot be migrated: " + reason(e));
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
   * between another's creation of the history table and its first row rejects the empty table.
   */
  private static int migrateUnderLock(Connection connection, Flyway flyway) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "set lock_timeout = '60s'; select pg_advisory_lock(hashtextextended('"
              + HISTORY_TABLE
              + "', 0))");
      return flyway.migrate().migrationsExecuted;
    }
  }

  /** Other encodings cannot store every text, or count its length differently. */
  private static void requireUtf8(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select current_setting('server_encoding'), current_database()")) {
      row.next();
      if (!row.getString(1).equals("UTF8")) {
        throw new ConfigurationException(
            "DATABASE_URL",
            "names a database in the encoding %s; it must be UTF-8: create database %s encoding 'UTF8' template template0"
                .formatted(row.getString(1), row.getString(2)));
      }
    }
  }

  private static int count(MigrationInfo[] known, Predicate<MigrationInfo> test) {
    return (int)
        Arrays.stream(known).filter(info -> !info.getType().isBaseline()).filter(test).count();
  }

  static FluentConfiguration configuration(DatabaseUrl url) {
    return Flyway.configure()
        .dataSource(url.jdbcUrl(), url.user(), url.password())
        .jdbcProperties(Map.of("ApplicationName", "nself-incident-mgmt migrations"))
        .defaultSchema("public")
        .createSchemas(false)
        .table(HISTORY_TABLE)
        .locations("classpath:db/migration")
        // The schema holds tables of other programs, such as Hasura.
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .validateMigrationNaming(true)
        .connectRetries(30)
        .connectRetriesInterval(1)
        .lockRetryCount(60)
        .initSql("set lock_timeout = '5s'; set statement_timeout = '60s'");
  }

  private static String reason(FlywayException e) {
    Throwable cause = e;
    while (cause.getCause() != null && !(cause instanceof SQLException)) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage()).strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
