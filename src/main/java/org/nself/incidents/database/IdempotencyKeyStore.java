package org.nself.incidents.database;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The idempotency keys of completed requests. A key is written in the transaction of the request's
 * own changes.
 */
public final class IdempotencyKeyStore {

  /**
   * The result of a completed request.
   *
   * @param subject the incident or runbook that it created or changed
   * @param seq the timeline event that it created; null where it created none
   */
  public record RecordedResult(UUID subject, @Nullable Integer seq) {

    public static RecordedResult of(UUID subject) {
      return new RecordedResult(subject, null);
    }
  }

  private record KeyRow(String requestHash, RecordedResult result) {}

  private static final SqlStatement SELECT =
      SqlStatement.of(
          """
          select encode(request_hash, 'hex') as request_hash, subject_id, subject_seq
          from np_idempotency_keys
          where source_account_id = :account and key = :key
          """);

  /**
   * Each insert deletes up to two expired keys, so the table holds about one day of requests.
   * Concurrent inserts skip each other's rows instead of waiting for them.
   */
  public static final String DELETE_EXPIRED =
      """
      delete from np_idempotency_keys
      where source_account_id = :account and key in (
        select key from np_idempotency_keys
        where source_account_id = :account and created_at < now() - interval '24 hours'
        order by created_at limit 2 for update skip locked)
      """;

  private static final SqlStatement INSERT =
      SqlStatement.of(
          "with expired as ("
              + DELETE_EXPIRED
              + """
              )
              insert into np_idempotency_keys (source_account_id, key, request_hash, subject_id, subject_seq)
              values (:account, :key, decode(:request_hash, 'hex'), :subject, :seq::integer)
              """);

  /** The name of the advisory lock that serializes requests with this key. */
  public static String lockName(String key) {
    return "idempotency " + key;
  }

  /**
   * The locks of a transaction that runs once per key, in the order in which all transactions take
   * them.
   *
   * @param others the transaction's further locks
   */
  public static List<String> locks(@Nullable IdempotencyRequest idempotency, String... others) {
    List<String> locks = new ArrayList<>(1 + others.length);
    if (idempotency != null) {
      locks.add(lockName(idempotency.key()));
    }
    locks.addAll(List.of(others));
    return locks;
  }

  /**
   * Does the work, unless a request with the key was completed before. To be called first in a
   * transaction.
   *
   * @param replay reads the result of the completed request
   * @param toRecord what to record of the work's result
   */
  public <T> T executeOnce(
      TenantDatabase.Transaction transaction,
      @Nullable IdempotencyRequest idempotency,
      Function<RecordedResult, T> replay,
      Supplier<T> work,
      Function<T, RecordedResult> toRecord) {
    @Nullable RecordedResult recorded = claim(transaction, idempotency);
    if (recorded != null) {
      return replay.apply(recorded);
    }
    T result = work.get();
    record(transaction, idempotency, toRecord.apply(result));
    return result;
  }

  /**
   * Locks the key until the end of this transaction. To be called first in a transaction.
   *
   * @return the result of the completed request with the key; null where there is none, or no key
   */
  public @Nullable RecordedResult claim(
      TenantDatabase.Transaction transaction, @Nullable IdempotencyRequest idempotency) {
    if (idempotency == null) {
      return null;
    }
    transaction.lock(lockName(idempotency.key()));
    List<KeyRow> rows =
        transaction.query(
            SELECT,
            Map.of("account", transaction.account(), "key", idempotency.key()),
            row ->
                new KeyRow(
                    row.getString("request_hash"),
                    new RecordedResult(
                        row.getObject("subject_id", UUID.class),
                        row.getObject("subject_seq", Integer.class))));
    if (rows.isEmpty()) {
      return null;
    }
    idempotency.requireSameRequest(rows.getFirst().requestHash());
    return rows.getFirst().result();
  }

  /** Records the request's result; does nothing without a key. */
  public void record(
      TenantDatabase.Transaction transaction,
      @Nullable IdempotencyRequest idempotency,
      RecordedResult result) {
    if (idempotency == null) {
      return;
    }
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("account", transaction.account());
    values.put("key", idempotency.key());
    values.put("request_hash", idempotency.requestHash());
    values.put("subject", result.subject());
    values.put("seq", result.seq());
    transaction.update(INSERT, values);
  }
}
