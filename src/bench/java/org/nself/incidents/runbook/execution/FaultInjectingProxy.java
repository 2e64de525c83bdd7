package org.nself.incidents.runbook.execution;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.testing.PostgresProxy;

/**
 * A proxy between a service and its PostgreSQL that injects a fault after PostgreSQL has committed
 * a write and before the service receives the response.
 */
final class FaultInjectingProxy implements AutoCloseable {

  private static final Pattern TABLE =
      Pattern.compile(
          "\\b(?:insert into|update|delete from) (\\w*_\\w+)", Pattern.CASE_INSENSITIVE);

  private static final Pattern WRITES =
      Pattern.compile(
          "\\b(insert into|update (?!of )|delete from|merge into)\\b", Pattern.CASE_INSENSITIVE);

  private final PostgresProxy proxy;
  private final AtomicInteger remaining = new AtomicInteger();
  private volatile Runnable fault = () -> {};
  private volatile String statement = "";

  FaultInjectingProxy(String databaseUrl) {
    proxy = PostgresProxy.start(databaseUrl, ObservedConnection::new);
  }

  String databaseUrl() {
    return proxy.databaseUrl();
  }

  /**
   * Injects the fault at a write.
   *
   * @param write the number of the write, counted from now on, from 1
   */
  void injectAt(int write, Runnable injected) {
    fault = injected;
    remaining.set(write);
  }

  boolean hasInjected() {
    return !statement.isEmpty();
  }

  /** The tables written by the statement at which the fault was injected. */
  String tables() {
    return TABLE
        .matcher(statement)
        .results()
        .map(table -> table.group(1))
        .distinct()
        .collect(joining(", "));
  }

  /**
   * The statements of one connection. A statement that writes in a {@code with} returns the command
   * tag {@code SELECT}, so the tag alone does not say whether something was written.
   */
  private final class ObservedConnection implements PostgresProxy.Observer {

    private final Map<String, String> statements = new ConcurrentHashMap<>();
    private final Queue<String> executed = new ConcurrentLinkedQueue<>();
    private String bound = "";
    private String written = "";

    /** Reads the extended protocol, the only one that the driver uses. */
    @Override
    public boolean toServer(char type, byte[] body) {
      String text = new String(body, StandardCharsets.UTF_8);
      switch (type) {
        case 'P' -> {
          String[] nameAndSql = text.split("\0", 3);
          statements.put(nameAndSql[0], nameAndSql[1]);
        }
        case 'B' -> bound = statements.getOrDefault(text.split("\0", 3)[1], "");
        case 'E' -> executed.add(bound);
        default -> {}
      }
      return true;
    }

    @Override
    public boolean toClient(char type, byte[] body) throws IOException {
      if (type == 'C') {
        String sql = written(new String(body, 0, body.length - 1, StandardCharsets.US_ASCII));
        written = sql.isEmpty() ? written : sql;
      } else if (type == 'Z') {
        // After an error, statements that were already sent are not executed.
        executed.clear();
        if (!written.isEmpty() && body[0] == 'I') {
          if (remaining.getAndDecrement() == 1) {
            statement = written;
            fault.run();
            throw new IOException("fault injected");
          }
          written = "";
        }
      }
      return true;
    }

    /**
     * The completed statement, if it wrote something; else empty.
     *
     * @param tag its command tag: {@code INSERT 0 1}, {@code UPDATE 0}, {@code SELECT 1}, {@code
     *     COMMIT}
     */
    private String written(String tag) {
      @Nullable String sql = executed.poll();
      // A heartbeat comes at any time and would shift the numbers of the writes between runs.
      return sql != null
              && WRITES.matcher(sql).find()
              && !sql.contains("set last_heartbeat")
              && tag.matches("(INSERT 0|UPDATE|DELETE|MERGE|SELECT) [1-9]\\d*")
          ? sql
          : "";
    }
  }

  @Override
  public void close() {
    proxy.close();
  }
}
