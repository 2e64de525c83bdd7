package org.nself.incidents.testing;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the statements that a service executes in PostgreSQL, by reading the protocol. */
public final class StatementCounter implements AutoCloseable {

  private final AtomicInteger executed = new AtomicInteger();
  private final PostgresProxy proxy;

  /** Receives every message to PostgreSQL before it is passed on. */
  @FunctionalInterface
  public interface Listener {

    /** As {@link PostgresProxy.Observer#toServer}. */
    void message(char type, byte[] body);
  }

  private StatementCounter(String databaseUrl, Listener listener) {
    this.proxy = PostgresProxy.start(databaseUrl, () -> new Counter(listener));
  }

  public static StatementCounter before(String databaseUrl) {
    return before(databaseUrl, (type, body) -> {});
  }

  public static StatementCounter before(String databaseUrl, Listener listener) {
    return new StatementCounter(databaseUrl, listener);
  }

  /** The URL of the same database through the counter. */
  public String databaseUrl() {
    return proxy.databaseUrl();
  }

  /** How many statements were executed so far. */
  public int executed() {
    return executed.get();
  }

  private final class Counter implements PostgresProxy.Observer {

    private final Listener listener;
    private boolean counts = true;

    Counter(Listener listener) {
      this.listener = listener;
    }

    @Override
    public boolean toServer(char type, byte[] body) {
      // The scheduler polls on connections of its own, which belong to no request.
      counts &= type != 'P' || !pollsTasks(new String(body, StandardCharsets.UTF_8));
      if (counts) {
        listener.message(type, body);
        if (type == 'E' || type == 'Q') {
          executed.incrementAndGet();
        }
      }
      return true;
    }
  }

  private static boolean pollsTasks(String sql) {
    return sql.contains("np_runbook_tasks")
        && (sql.contains("locked_executions") || sql.contains("last_heartbeat <="));
  }

  @Override
  public void close() {
    proxy.close();
  }
}
