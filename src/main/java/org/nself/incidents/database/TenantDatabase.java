package org.nself.incidents.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.server.ServiceRole;
import org.nself.incidents.fairness.FairLimiter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * Runs SQL for one tenant (account). Every statement runs as the restricted role {@value #ROLE}
 * with row-level security set to the account, so a statement without an account condition still
 * cannot read or change another account's rows.
 *
 * <p>Role and account are set per transaction, in the same round trip as the statement. This also
 * works behind a pooler in transaction mode, where a session is shared.
 */
public final class TenantDatabase {

  public static final String ROLE = ServiceRole.NAME;

  private static final String SET_TENANT =
      "select set_config('role', '"
          + ROLE
          + "', true), set_config('app.source_account_id', ?, true)";

  /** Those of the connections of a pool that no pooler shares out. */
  private static final String SET_TIMEOUTS =
      ", set_config('statement_timeout', '10s', true), set_config('lock_timeout', '5s', true),"
          + " set_config('idle_in_transaction_session_timeout', '15s', true)";

  private static final String SET_READ_ONLY = ", set_config('transaction_read_only', 'on', true)";

  /**
   * Idempotency and deduplication keys share this advisory lock space; two keys with the same hash
   * wait for each other, which is harmless.
   */
  private static final String LOCK = "select pg_advisory_xact_lock(hashtextextended(?, 7238)); ";

  private static final Logger log = LoggerFactory.getLogger(TenantDatabase.class);

  private final DatabasePool database;
  private final KeyedLocks keyedLocks = new KeyedLocks();
  private final FairLimiter readLimiter;
  private final FairLimiter writeLimiter;

  public TenantDatabase(DatabasePool database) {
    this.database = database;
    int readPermits = readPermits(database.poolSize(), Runtime.getRuntime().availableProcessors());
    int writePermits = writePermits(database.poolSize());
    this.readLimiter =
        database.newLimiter(
            "read",
            new FairLimiter.Options(
                    readPermits, "Too many requests read from the database at once; try again")
                .withReserve(reserve(readPermits, database.poolSize()))
                .forBriefWork());
    this.writeLimiter =
        database.newLimiter(
            "write",
            new FairLimiter.Options(
                    writePermits, "Too many requests write to the database at once; try again")
                .withReserve(reserve(writePermits, database.poolSize()))
                .forBriefWork());
  }

  private String setTenant() {
    return database.isPooled() ? SET_TENANT + SET_TIMEOUTS : SET_TENANT;
  }

  /**
   * Two for each processor, so that one reads while another's rows are being sent; more at once
   * only make each take longer. Leaves connections to writers.
   */
  static int readPermits(int connections, int processors) {
    return Math.clamp(2L * processors, 1, writePermits(connections));
  }

  /**
   * What accounts that hold no permit may take besides, where a few accounts hold most of them:
   * half as many, as far as connections are left.
   */
  static int reserve(int permits, int connections) {
    return Math.clamp(connections - permits - 1L, 0, (permits + 1) / 2);
  }

  /** Four fifths of the pool but at least one, so that writers leave connections to readers. */
  static int writePermits(int connections) {
    return Math.max(1, connections * 4 / 5);
  }

  /**
   * Runs one statement in a read-only transaction of its own, in one round trip. Waits for a permit
   * of the read limiter first.
   */
  public <T> List<T> query(
      String account,
      SqlStatement sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper) {
    return readLimiter.run(
        account,
        () ->
            executeInOneRoundTrip(
                setTenant() + SET_READ_ONLY, account, List.of(), sql, values, mapper));
  }

  /**
   * Runs one statement in a transaction of its own, in one round trip. Waits for a permit of the
   * write limiter first.
   */
  public <T> List<T> write(
      String account,
      SqlStatement sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper) {
    return writeLimiter.run(
        account, () -> executeInOneRoundTrip(setTenant(), account, List.of(), sql, values, mapper));
  }

  /**
   * As {@link #write(String, SqlStatement, Map, RowMapper)}, while holding the account's advisory
   * locks of these names. The statement sees everything that the previous holder committed.
   *
   * @param locks lock names, acquired in this order
   */
  public <T> List<T> write(
      String account,
      List<String> locks,
      SqlStatement sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper) {
    return keyedLocks.run(
        account,
        locks,
        () ->
            writeLimiter.run(
                account,
                () -> executeInOneRoundTrip(setTenant(), account, locks, sql, values, mapper)));
  }

  private <T> List<T> executeInOneRoundTrip(
      String setup,
      String account,
      List<String> locks,
      SqlStatement sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper) {
    @Nullable String mode = sql.planCacheMode();
    String text =
        sql.after(
            prologue(
                mode == null
                    ? setup
                    : setup + ", set_config('plan_cache_mode', '" + mode + "', true)",
                locks));
    List<String> arguments = prologueArguments(account, true, locks);
    try {
      return database.withConnection(
          connection -> {
            try {
              return execute(connection, text, arguments, sql, values, mapper);
            } catch (SQLException e) {
              if (!SqlExceptionTranslator.isOutdatedPlan(e)) {
                throw e;
              }
              return execute(connection, text, arguments, sql, values, mapper);
            }
          });
    } catch (SQLException e) {
      throw SqlExceptionTranslator.translate(database, e);
    }
  }

  /**
   * Runs several statements in one transaction. Waits for a permit of the write limiter first. An
   * exception thrown by the work rolls the transaction back.
   *
   * @param work must not use the transaction after it returns, and must not start another write: it
   *     could wait for the permit that it holds itself
   */
  public <T> T transaction(String account, Function<Transaction, T> work) {
    return transaction(account, List.of(), work);
  }

  /**
   * As {@link #transaction(String, Function)}, while holding the account's advisory locks of these
   * names. Transactions of this process wait for each other's locks before they take a permit or a
   * connection, so they do not delay other writes. The first statement acquires the advisory locks,
   * for which it waits at most lock_timeout if another process holds one.
   *
   * @param locks lock names, acquired in this order and before anything else
   */
  public <T> T transaction(String account, List<String> locks, Function<Transaction, T> work) {
    return keyedLocks.run(
        account,
        locks,
        () -> {
          List<Runnable> afterCommit = new ArrayList<>(2);
          T result =
              writeLimiter.run(
                  account, () -> executeTransaction(account, locks, work, afterCommit));
          afterCommit.forEach(TenantDatabase::runAfterCommit);
          return result;
        });
  }

  /** What failed is only logged, because the change is committed. */
  private static void runAfterCommit(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      log.error("An action after a commit failed", e);
    }
  }

  private <T> T executeTransaction(
      String account,
      List<String> locks,
      Function<Transaction, T> work,
      List<Runnable> afterCommit) {
    try {
      return database.withConnection(
          connection -> {
            connection.setAutoCommit(false);
            boolean committed = false;
            Transaction transaction = new Transaction(account, connection, locks, afterCommit);
            T result;
            try {
              result = work.apply(transaction);
              connection.commit();
              committed = true;
            } finally {
              end(connection, committed);
            }
            return result;
          });
    } catch (SQLException e) {
      throw SqlExceptionTranslator.translate(database, e);
    } catch (RuntimeException e) {
      @Nullable SQLException lost = lostConnection(e);
      throw lost == null ? e : SqlExceptionTranslator.translate(database, lost);
    }
  }

  /** The loss of the connection that a library reports in an exception of its own; null if none. */
  private static @Nullable SQLException lostConnection(RuntimeException e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException failure && DatabasePool.isConnectionLost(failure)) {
        return failure;
      }
    }
    return null;
  }

  /**
   * Rolls back what is not committed. A failure changes nothing: the connection is lost, with what
   * was done on it, and the reason is what ended the work.
   */
  private static void end(Connection connection, boolean committed) {
    try {
      if (!committed) {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      log.debug("Ending a transaction failed: {}", e.getMessage());
    }
  }

  /** An open transaction of one account. */
  public final class Transaction {
    private final String account;
    private final Connection connection;
    private final List<Runnable> afterCommit;
    private final Set<String> locks;
    private boolean tenantSet;

    private Transaction(
        String account, Connection connection, List<String> locks, List<Runnable> afterCommit) {
      this.account = account;
      this.connection = connection;
      this.locks = new LinkedHashSet<>(locks);
      this.afterCommit = afterCommit;
    }

    public String account() {
      return account;
    }

    /**
     * Runs an action after the commit, when the connection is released; not at all after a
     * rollback.
     *
     * @param action must be quick; an exception is logged, and the other actions are run
     */
    public void afterCommit(Runnable action) {
      afterCommit.add(action);
    }

    /**
     * Acquires the account's advisory lock of this name, waiting for other transactions that hold
     * it; released at the end of this transaction. It waits with a connection; prefer the locks of
     * {@link TenantDatabase#transaction(String, List, Function)}.
     */
    public void lock(String name) {
      if (!locks.add(name)) {
        return;
      }
      // In a statement of its own: the next statement's snapshot then includes everything that the
      // previous holder committed.
      run(tenantSet ? List.of(name) : List.copyOf(locks), NO_OP, Map.of(), row -> Boolean.TRUE);
    }

    public <T> List<T> query(
        SqlStatement sql, Map<String, ? extends @Nullable Object> values, RowMapper<T> mapper) {
      return run(tenantSet ? List.of() : List.copyOf(locks), sql, values, mapper);
    }

    /**
     * This transaction as a data source, for a library that writes to the database itself: its
     * writes are committed or rolled back with the rest, under the same role and account. Valid
     * until the transaction ends.
     */
    public DataSource dataSource() {
      if (!tenantSet) {
        query(NO_OP, Map.of(), row -> Boolean.TRUE);
      }
      return new SingleConnectionDataSource(connection, true);
    }

    /** Runs a statement that returns no rows. */
    public void update(SqlStatement sql, Map<String, ? extends @Nullable Object> values) {
      query(
          sql,
          values,
          row -> {
            throw new IllegalStateException("An update returned a row");
          });
    }

    private <T> List<T> run(
        List<String> locks,
        SqlStatement sql,
        Map<String, ? extends @Nullable Object> values,
        RowMapper<T> mapper) {
      boolean first = !tenantSet;
      String text = sql.after(prologue(first ? setTenant() : "", locks));
      List<String> arguments = prologueArguments(account, first, locks);
      try {
        List<T> rows;
        try {
          rows = TenantDatabase.execute(connection, text, arguments, sql, values, mapper);
        } catch (SQLException e) {
          if (!first || !SqlExceptionTranslator.isOutdatedPlan(e)) {
            throw e;
          }
          connection.rollback();
          rows = TenantDatabase.execute(connection, text, arguments, sql, values, mapper);
        }
        tenantSet = true;
        return rows;
      } catch (SQLException e) {
        throw SqlExceptionTranslator.translate(database, e);
      }
    }
  }

  private static final SqlStatement NO_OP = SqlStatement.of("select where false");

  private static String prologue(String setup, List<String> locks) {
    return (setup.isEmpty() ? "" : setup + "; ") + LOCK.repeat(locks.size());
  }

  /** One argument for each statement of the prologue. */
  private static List<String> prologueArguments(
      String account, boolean setsTenant, List<String> locks) {
    List<String> arguments = new ArrayList<>(1 + locks.size());
    if (setsTenant) {
      arguments.add(account);
    }
    for (String lock : locks) {
      arguments.add(account + '\u001f' + lock);
    }
    return arguments;
  }

  private static <T> List<T> execute(
      Connection connection,
      String text,
      List<String> prologueArguments,
      SqlStatement sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      int index = 1;
      for (String argument : prologueArguments) {
        statement.setString(index++, argument);
      }
      ParameterBinder.bind(statement, index, sql.arguments(values));
      statement.execute();
      for (int i = 0; i < prologueArguments.size(); i++) {
        statement.getMoreResults();
      }
      return rows(statement, mapper);
    }
  }

  private static <T> List<T> rows(PreparedStatement statement, RowMapper<T> mapper)
      throws SQLException {
    try (@Nullable ResultSet result = statement.getResultSet()) {
      if (result == null) {
        return List.of();
      }
      List<T> rows = new ArrayList<>();
      while (result.next()) {
        rows.add(mapper.map(result));
      }
      return rows;
    }
  }
}
