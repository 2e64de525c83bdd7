package org.nself.incidents.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * The one way to the tables. Every statement runs as the restricted role {@value #ROLE} with
 * row-level security set to one account, so one that forgot to name the account would see and
 * change nothing of another.
 *
 * <p>Role and account are set for the transaction only, in the same round trip as the statement.
 * That holds behind a pooler in transaction mode too, where a session belongs to nobody.
 */
public final class TenantDatabase {

  public static final String ROLE = "nself_incident_mgmt";

  private static final String SET =
      "select set_config('role', '"
          + ROLE
          + "', true), set_config('app.source_account_id', ?, true)";

  private static final String TO_READ = ", set_config('transaction_read_only', 'on', true)";
  private static final String WITH_ONE_PLAN =
      ", set_config('plan_cache_mode', 'force_generic_plan', true)";

  /**
   * Keys of idempotency and deduplication share this space of advisory locks; two that collide wait
   * for each other, no more.
   */
  private static final String LOCK = "select pg_advisory_xact_lock(hashtextextended(?, 7238)); ";

  private final DatabasePool database;
  private final KeyedLocks turns = new KeyedLocks();
  private final ConnectionLimiter readers;
  private final ConnectionLimiter writers;

  public TenantDatabase(DatabasePool database) {
    this.database = database;
    this.readers =
        ConnectionLimiter.ofReaders(
            database.poolSize(), Runtime.getRuntime().availableProcessors());
    this.writers = ConnectionLimiter.ofWriters(database.poolSize());
  }

  /**
   * Reads by one statement in a transaction of its own, in one round trip, when it is its turn
   * among the reads. PostgreSQL refuses one that would write.
   */
  public <T> List<T> query(
      String account,
      SqlStatement sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper) {
    return readers.run(
        () -> inOneRoundTrip(SET + TO_READ, account, List.of(), sql, values, mapper));
  }

  /**
   * Writes by one statement in a transaction of its own, in one round trip, when it is its turn
   * among the writes.
   */
  public <T> List<T> write(
      String account,
      SqlStatement sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper) {
    return writers.run(() -> inOneRoundTrip(SET, account, List.of(), sql, values, mapper));
  }

  /**
   * As {@link #write(String, SqlStatement, Map, RowMapper)}, alone among the transactions of the
   * account that lock one of the same names. The statement sees all that the one before it did.
   *
   * @param locks names, taken in this order
   */
  public <T> List<T> write(
      String account,
      List<String> locks,
      SqlStatement sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper) {
    return turns.run(
        account,
        locks,
        () -> writers.run(() -> inOneRoundTrip(SET, account, locks, sql, values, mapper)));
  }

  private <T> List<T> inOneRoundTrip(
      String enter,
      String account,
      List<String> locks,
      SqlStatement sql,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper) {
    try (Connection connection = database.connection();
        PreparedStatement statement =
            connection.prepareStatement(
                prologue(sql.usesGenericPlan() ? enter + WITH_ONE_PLAN : enter, locks)
                    + sql.positional())) {
      execute(statement, prologueArguments(account, true, locks), sql, values);
      return rows(statement, mapper);
    } catch (SQLException e) {
      throw SqlExceptionTranslator.translate(database, e);
    }
  }

  /**
   * Runs several statements as one transaction, when it is its turn among the writes: all of them
   * or none. What the work throws undoes it.
   *
   * @param work must not keep the transaction beyond its return, nor begin another write in it: it
   *     could wait for its own place
   */
  public <T> T transaction(String account, Function<Transaction, T> work) {
    return writers.run(() -> inOneTransaction(account, work));
  }

  /**
   * As {@link #transaction(String, Function)}, alone among the transactions of the account that
   * lock one of the same names. Those of this process wait for each other before they take a
   * connection.
   *
   * @param locks names, taken in this order and before anything else
   */
  public <T> T transaction(String account, List<String> locks, Function<Transaction, T> work) {
    return turns.run(
        account,
        locks,
        () ->
            transaction(
                account,
                transaction -> {
                  locks.forEach(transaction::lock);
                  return work.apply(transaction);
                }));
  }

  private <T> T inOneTransaction(String account, Function<Transaction, T> work) {
    try (Connection connection = database.connection()) {
      connection.setAutoCommit(false);
      boolean committed = false;
      Transaction transaction = new Transaction(account, connection);
      T result;
      try {
        result = work.apply(transaction);
        connection.commit();
        committed = true;
      } finally {
        if (!committed) {
          connection.rollback();
        }
        connection.setAutoCommit(true);
      }
      transaction.afterCommit.forEach(Runnable::run);
      return result;
    } catch (SQLException e) {
      throw SqlExceptionTranslator.translate(database, e);
    }
  }

  /** An open transaction of one account. */
  public final class Transaction {
    private final String account;
    private final Connection connection;
    private final List<Runnable> afterCommit = new ArrayList<>(2);
    private boolean entered;

    private Transaction(String account, Connection connection) {
      this.account = account;
      this.connection = connection;
    }

    public String account() {
      return account;
    }

    /**
     * Runs something once this is committed; never, where it is not.
     *
     * @param action quick, and must not throw: nobody is there any more to undo the work
     */
    public void afterCommit(Runnable action) {
      afterCommit.add(action);
    }

    /**
     * Waits until no other transaction of the account holds this name, and holds it to the end of
     * this one.
     */
    public void lock(String name) {
      // As a prologue to nothing, so that the statement after it sees all that the one before did.
      run(List.of(name), NOTHING, Map.of(), row -> Boolean.TRUE);
    }

    public <T> List<T> query(
        SqlStatement sql, Map<String, ? extends @Nullable Object> values, RowMapper<T> mapper) {
      return run(List.of(), sql, values, mapper);
    }

    /**
     * This transaction, for a library that writes to the database itself: what it writes is
     * committed or undone with the rest, as the same role and account. Good until the transaction
     * ends.
     */
    public DataSource dataSource() {
      if (!entered) {
        run(List.of(), NOTHING, Map.of(), row -> Boolean.TRUE);
      }
      return new SingleConnectionDataSource(connection, true);
    }

    /** Runs a statement that gives no rows. */
    public void update(SqlStatement sql, Map<String, ? extends @Nullable Object> values) {
      run(
          List.of(),
          sql,
          values,
          row -> {
            throw new IllegalStateException("An update gave a row");
          });
    }

    private <T> List<T> run(
        List<String> locks,
        SqlStatement sql,
        Map<String, ? extends @Nullable Object> values,
        RowMapper<T> mapper) {
      boolean enter = !entered;
      try (PreparedStatement statement =
          connection.prepareStatement(prologue(enter ? SET : "", locks) + sql.positional())) {
        execute(statement, prologueArguments(account, enter, locks), sql, values);
        entered = true;
        return rows(statement, mapper);
      } catch (SQLException e) {
        throw SqlExceptionTranslator.translate(database, e);
      }
    }
  }

  private static final SqlStatement NOTHING = SqlStatement.of("select where false");

  private static String prologue(String enter, List<String> locks) {
    return (enter.isEmpty() ? "" : enter + "; ") + LOCK.repeat(locks.size());
  }

  /** One argument for each statement of the prologue. */
  private static List<String> prologueArguments(String account, boolean enter, List<String> locks) {
    List<String> arguments = new ArrayList<>(1 + locks.size());
    if (enter) {
      arguments.add(account);
    }
    for (String lock : locks) {
      arguments.add(account + '\u001f' + lock);
    }
    return arguments;
  }

  private static void execute(
      PreparedStatement statement,
      List<String> prologueArguments,
      SqlStatement sql,
      Map<String, ? extends @Nullable Object> values)
      throws SQLException {
    int index = 1;
    for (String argument : prologueArguments) {
      statement.setString(index++, argument);
    }
    ParameterBinder.set(statement, index, sql.arguments(values));
    statement.execute();
    for (int i = 0; i < prologueArguments.size(); i++) {
      statement.getMoreResults();
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
