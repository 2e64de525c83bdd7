package org.nself.incidents.database;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The requests that were carried out, by key, written in the transaction of the work that they
 * stand for.
 */
public final class IdempotencyKeyStore {

  /**
   * What a request did.
   *
   * @param subject the incident or runbook that it made or changed
   * @param seq the timeline event that it made; null where it made none
   */
  public record RecordedResult(UUID subject, @Nullable Integer seq) {

    public static RecordedResult of(UUID subject) {
      return new RecordedResult(subject, null);
    }
  }

  private record KeyRow(String requestHash, RecordedResult done) {}

  private static final SqlStatement SELECT =
      SqlStatement.of(
          """
          select encode(request_hash, 'hex') as request_hash, subject_id, subject_seq
          from np_idempotency_keys
          where source_account_id = :account and key = :key
          """);

  /**
   * Every key that is written takes up to two old ones away, so the table stays as large as a day's
   * requests. Those who write at the same moment take others each, or they would all wait for the
   * first of them.
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
          "with forgotten as ("
              + DELETE_EXPIRED
              + """
              )
              insert into np_idempotency_keys (source_account_id, key, request_hash, subject_id, subject_seq)
              values (:account, :key, decode(:request_hash, 'hex'), :subject, :seq::integer)
              """);

  /** The name of the lock that requests under one key take turns by. */
  public static String lockName(String key) {
    return "idempotency " + key;
  }

  /**
   * The locks of a transaction that runs once per key, in the order in which all transactions take
   * them.
   *
   * @param others what else the transaction locks
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
   * Does work, unless it was done under the key before. To be called first in a transaction.
   *
   * @param again reads what the request made when it was sent before
   * @param subject what the work made or changed
   */
  public <T> T executeOnce(
      TenantDatabase.Transaction transaction,
      @Nullable IdempotencyRequest idempotency,
      Function<RecordedResult, T> again,
      Supplier<T> work,
      Function<T, RecordedResult> subject) {
    @Nullable RecordedResult done = claim(transaction, idempotency);
    if (done != null) {
      return again.apply(done);
    }
    T result = work.get();
    record(transaction, idempotency, subject.apply(result));
    return result;
  }

  /**
   * Takes the key for this transaction, after any other that has it. To be called first in a
   * transaction.
   *
   * @return what the request did when it was sent before; null where this is the first time, and
   *     without a key
   */
  public @Nullable RecordedResult claim(
      TenantDatabase.Transaction transaction, @Nullable IdempotencyRequest idempotency) {
    if (idempotency == null) {
      return null;
    }
    transaction.lock(lockName(idempotency.key()));
    List<KeyRow> recorded =
        transaction.query(
            SELECT,
            Map.of("account", transaction.account(), "key", idempotency.key()),
            row ->
                new KeyRow(
                    row.getString("request_hash"),
                    new RecordedResult(
                        row.getObject("subject_id", UUID.class),
                        row.getObject("subject_seq", Integer.class))));
    if (recorded.isEmpty()) {
      return null;
    }
    idempotency.requireSameRequest(recorded.getFirst().requestHash());
    return recorded.getFirst().done();
  }

  /** Notes what the request did; without a key, nothing. */
  public void record(
      TenantDatabase.Transaction transaction,
      @Nullable IdempotencyRequest idempotency,
      RecordedResult done) {
    if (idempotency == null) {
      return;
    }
    Map<String, @Nullable Object> values = new java.util.HashMap<>();
    values.put("account", transaction.account());
    values.put("key", idempotency.key());
    values.put("request_hash", idempotency.requestHash());
    values.put("subject", done.subject());
    values.put("seq", done.seq());
    transaction.update(INSERT, values);
  }
}
