package org.nself.incidents.incident;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.BoundedRows;
import org.nself.incidents.database.DatabaseException;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.database.RowMapper;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.security.Caller;
import org.nself.incidents.timeline.EventKind;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.timeline.TimelineSql;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.response.ResponseSizeBudget;

/** Writes and single reads of np_incidents. Lists are in {@link IncidentQueries}. */
final class IncidentStore {

  private final TenantDatabase database;
  private final UuidGenerator ids;
  private final StrictJson json;
  private final IncidentRows rows;

  IncidentStore(TenantDatabase database, UuidGenerator ids, StrictJson json) {
    this.database = database;
    this.ids = ids;
    this.json = json;
    this.rows = new IncidentRows(json);
  }

  /** A mapper of rows of np_incidents for one result. */
  RowMapper<Incident> rowMapper() {
    return rows.mapper();
  }

  /**
   * The statement of {@link #open}. Without a key or a dedup_key it has no part for them:
   * PostgreSQL prepares every part anew for each execution, which took a fifth of its processor
   * time.
   */
  private static SqlStatement opening(boolean keyed, boolean deduplicated) {
    String notPrior = keyed ? "and not exists (select from prior)" : "";
    String notRepeated = deduplicated ? "and not exists (select from target)" : "";
    String repeatedId = deduplicated ? "union all select id, null from repeated" : "";
    String prior =
        """
        prior as (
          select encode(request_hash, 'hex') as request_hash, subject_id, subject_seq from np_idempotency_keys where source_account_id = :account and key = :key
        ),
        """;
    String repetition =
        """
        target as (
          select * from np_incidents
          where source_account_id = :account %s
            and id = np_incident_by_dedup_key(:account, :dedup_key)
            and status in ('open', 'acknowledged', 'mitigating')
          for no key update
        ),
        repeated as (
          update np_incidents incident
          set occurrences = incident.occurrences + 1,
            severity = case when :severity_rank::integer > target.severity_rank then :severity::text else target.severity end
          from target
          where incident.source_account_id = :account and incident.id = target.id
          returning incident.*
        ),
        news as (
          select repeated.id, repeated.occurrences, target.severity as old_severity, repeated.severity, target.updated_at,
            jsonb_strip_nulls(jsonb_build_object(
              'title', nullif(:title::text, target.title),
              'summary', nullif(:summary::text, coalesce(target.summary, '')),
              'severity', case when :severity_rank::integer > 0 then nullif(:severity::text, repeated.severity) end,
              'owner', nullif(:owner::text, coalesce(target.owner, '')),
              'labels', (
                select jsonb_object_agg(key, value) from jsonb_each(:labels::jsonb)
                where value is distinct from target.labels -> key),
              'services', (
                select jsonb_agg(service) from unnest(:services::text[]) service where service <> all (target.services)))) as new
          from repeated join target on target.id = repeated.id
        ),
        reported as (
          select news.*, jsonb_build_object('occurrences', occurrences) || new as data
          from news
          left join lateral (
            select data from (
              select seq, kind, data from np_incident_timeline
              where source_account_id = :account and incident_id = news.id
              order by seq desc limit 50) latest
            where kind = 'repeated' order by seq desc limit 1
          ) last on true
          -- Coalesced: what says nothing new is reported for 2, 4, 8 … occurrences, and where the last one is a minute ago.
          where occurrences & (occurrences - 1) = 0
            or news.updated_at < now() - interval '1 minute'
            or new <> '{}' and new is distinct from last.data - 'occurrences'
            or news.severity <> news.old_severity
        ),
        """
            .formatted(notPrior);
    String opened =
        """
        opened as (
          insert into np_incidents
            (source_account_id, id, kind, title, summary, severity, owner, opened_by, labels, services, dedup_key, opened_at)
          select :account, :id, :kind, :title, :summary::text, :severity, :owner::text, :actor, :labels::jsonb, :services::text[], :dedup_key::text,
            coalesce(:opened_at::timestamptz, now())
          where true %s %s
          returning *
        ),
        event as (
        """
            .formatted(notPrior, notRepeated);
    String event =
        """
          select source_account_id, id, :event_id, :event_kind, title, :event_data::jsonb, opened_by, opened_at, null::integer from opened
        """;
    String repeatedEvents =
        """
          union all
          select * from (
            select :account::text, id, :event_id::uuid, 'severity_changed', null::text,
              jsonb_build_object('from', old_severity, 'to', severity), :actor::text, now(), null::integer
            from reported where severity <> old_severity
            union all
            select :account::text, id, :repeat_event_id::uuid, 'repeated', :title::text, data, :actor::text, now(), null::integer
            from reported
          ) repetition
        """;
    String key =
        """
        , expired_keys as (
        """
            + IdempotencyKeyStore.DELETE_EXPIRED
            + """
            ),
            new_key as (
              insert into np_idempotency_keys (source_account_id, key, request_hash, subject_id, subject_seq)
              select :account, :key, decode(:request_hash, 'hex'), id, seq
              from (select id, 1 as seq from opened %s) done
            )
            """
                .formatted(repeatedId);
    return SqlStatement.withGenericPlan(
        "with "
            + (keyed ? prior : "")
            + (deduplicated ? repetition : "")
            + opened
            + TimelineSql.INSERT
            + event
            + (deduplicated ? repeatedEvents : "")
            + ")"
            + (keyed ? key : "")
            + " select true as opened, null::text as request_hash, opened.* from opened"
            + (deduplicated ? " union all select false, null, repeated.* from repeated" : "")
            + (keyed
                ? """
                 union all
                select prior.subject_seq is not null, prior.request_hash, incident.*
                from prior left join np_incidents incident on incident.source_account_id = :account and incident.id = prior.subject_id
                """
                : ""));
  }

  private static final SqlStatement OPEN = opening(false, false);
  private static final SqlStatement OPEN_ONCE = opening(true, false);
  private static final SqlStatement OPEN_OR_REPEAT = opening(false, true);
  private static final SqlStatement OPEN_OR_REPEAT_ONCE = opening(true, true);

  /**
   * Result of {@link #open}.
   *
   * @param incident null where the idempotency key was used for something else than an incident
   * @param opened whether it was opened, now or by an earlier request under the same key; false
   *     where an unfinished incident has the dedup_key
   * @param priorRequest the hash of the earlier request under the key; null where there is none
   */
  record Opened(@Nullable Incident incident, boolean opened, @Nullable String priorRequest) {}

  /** Inserts incident, first event and idempotency key in one statement. */
  Opened open(Caller caller, OpenIncident command, @Nullable IdempotencyRequest idempotency) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("account", caller.account());
    values.put("actor", caller.actor());
    values.put("id", ids.next());
    values.put("kind", command.kind().value());
    values.put("title", command.title());
    values.put("summary", command.summary());
    values.put("severity", command.severity().value());
    // An alert that names no severity does not raise it.
    values.put("severity_rank", command.severityGiven() ? command.severity().rank() : 0);
    values.put("owner", command.owner());
    values.put("labels", json.write(command.labels()));
    values.put("services", command.services());
    values.put("dedup_key", command.dedupKey());
    values.put("opened_at", command.openedAt());
    values.put("event_id", ids.next());
    values.put("repeat_event_id", ids.next());
    values.put("event_kind", EventKind.OPENED.value());
    values.put("event_data", json.write(Map.of("severity", command.severity().value())));
    values.put("key", idempotency == null ? null : idempotency.key());
    values.put("request_hash", idempotency == null ? null : idempotency.requestHash());
    boolean deduplicated = command.dedupKey() != null;
    SqlStatement statement =
        idempotency == null
            ? deduplicated ? OPEN_OR_REPEAT : OPEN
            : deduplicated ? OPEN_OR_REPEAT_ONCE : OPEN_ONCE;
    List<String> locks = new ArrayList<>(2);
    if (idempotency != null) {
      locks.add(IdempotencyKeyStore.lockName(idempotency.key()));
    }
    if (deduplicated) {
      locks.add("dedup " + command.dedupKey());
    }
    try {
      return open(caller.account(), statement, locks, values);
    } catch (DatabaseException e) {
      if (!e.violates("np_incidents_dedup")) {
        throw e;
      }
      // A transaction without the lock reopened an incident with this dedup_key meanwhile; the
      // second attempt sees it.
      return open(caller.account(), statement, locks, values);
    }
  }

  private Opened open(
      String account,
      SqlStatement statement,
      List<String> locks,
      Map<String, ? extends @Nullable Object> values) {
    RowMapper<Incident> incidents = rows.mapper();
    return database
        .write(
            account,
            locks,
            statement,
            values,
            row ->
                new Opened(
                    row.getString("id") == null ? null : incidents.map(row),
                    row.getBoolean("opened"),
                    row.getString("request_hash")))
        .getFirst();
  }

  private static final String FIND =
      "select * from np_incidents where source_account_id = :account and ";
  private static final SqlStatement FIND_BY_ID = SqlStatement.of(FIND + "id = :id");
  private static final SqlStatement FIND_BY_NUMBER = SqlStatement.of(FIND + "number = :number");
  private static final String DEDUP_KEY_CONDITION =
      "id = np_incident_by_dedup_key(:account, :dedup_key)";
  private static final SqlStatement FIND_BY_DEDUP_KEY = SqlStatement.of(FIND + DEDUP_KEY_CONDITION);
  private static final SqlStatement LOCK_BY_DEDUP_KEY =
      SqlStatement.of(FIND + DEDUP_KEY_CONDITION + " for no key update");
  private static final SqlStatement LOCK_BY_ID =
      SqlStatement.of(FIND + "id = :id for no key update");
  private static final SqlStatement LOCK_BY_NUMBER =
      SqlStatement.of(FIND + "number = :number for no key update");

  @Nullable Incident find(String account, IncidentRef ref) {
    return first(
        database.query(
            account,
            statement(ref, FIND_BY_ID, FIND_BY_NUMBER, FIND_BY_DEDUP_KEY),
            values(account, ref),
            rows.mapper()));
  }

  @Nullable Incident find(TenantDatabase.Transaction transaction, IncidentRef ref) {
    return first(
        transaction.query(
            statement(ref, FIND_BY_ID, FIND_BY_NUMBER, FIND_BY_DEDUP_KEY),
            values(transaction.account(), ref),
            rows.mapper()));
  }

  private static SqlStatement statement(
      IncidentRef ref, SqlStatement byId, SqlStatement byNumber, SqlStatement byDedupKey) {
    return switch (ref) {
      case IncidentRef.ById _ -> byId;
      case IncidentRef.ByNumber _ -> byNumber;
      case IncidentRef.ByDedupKey _ -> byDedupKey;
    };
  }

  private static Map<String, Object> values(String account, IncidentRef ref) {
    return switch (ref) {
      case IncidentRef.ById(UUID id) -> Map.of("account", account, "id", id);
      case IncidentRef.ByNumber(int number) -> Map.of("account", account, "number", number);
      case IncidentRef.ByDedupKey(String key) -> Map.of("account", account, "dedup_key", key);
    };
  }

  /** The most bytes that the fields of an incident can have; the database holds their limits. */
  static final long MAX_BYTES = 190_000;

  /** The bytes of an incident in a response, without the fields that can be large. */
  private static final int BASE_WEIGHT = 900;

  /** The approximate size of a row in a response. */
  static final String WEIGHT =
      BASE_WEIGHT
          + """
           + octet_length(title) + coalesce(octet_length(summary), 0)
          + coalesce(octet_length(labels::text), 0) + coalesce(octet_length(services::text), 0)
          """;

  /** As {@link #WEIGHT}, roughly, where the database need not have counted. */
  static long weight(Incident incident) {
    @Nullable String summary = incident.summary();
    long weight =
        (long) BASE_WEIGHT + incident.title().length() + (summary == null ? 0 : summary.length());
    for (Map.Entry<String, String> label : incident.labels().entrySet()) {
      weight += label.getKey().length() + label.getValue().length() + 6;
    }
    for (String service : incident.services()) {
      weight += service.length() + 3;
    }
    return weight;
  }

  /** What to ask for where a response is too large. */
  static final String FEWER = "ask for fewer incidents";

  private static final SqlStatement FIND_ALL =
      SqlStatement.withGenericPlan(FIND + "id = any(:ids::uuid[])");

  private static final SqlStatement FIND_FIRST =
      SqlStatement.withGenericPlan(
          BoundedRows.list(
              """
              select incident.* from unnest(:ids::uuid[]) with ordinality as wanted (id, place)
              join np_incidents incident on incident.source_account_id = :account and incident.id = wanted.id
              order by wanted.place
              """,
              WEIGHT));

  /**
   * Reads incidents in one statement; those that the account does not have are left out.
   *
   * @throws ApiException {@code too_large}
   */
  Map<UUID, Incident> findAll(String account, List<UUID> ids, ResponseSizeBudget budget) {
    long remaining = budget.remaining();
    if (remaining >= ids.size() * MAX_BYTES) {
      try (ResponseSizeBudget.Read read = budget.beginRead(ids.size())) {
        List<Incident> incidents =
            database.query(
                account, FIND_ALL, Map.of("account", account, "ids", ids), rows.mapper());
        read.end(incidents.stream().mapToLong(IncidentStore::weight).sum());
        return byId(incidents);
      }
    }
    BoundedRows.Cut<Incident> read =
        BoundedRows.read(
            database,
            account,
            FIND_FIRST,
            Map.of("account", account, "ids", ids),
            rows.mapper(),
            budget,
            FEWER);
    if (read.cut()) {
      throw budget.tooLarge(FEWER);
    }
    return byId(read.rows());
  }

  /** Reads the first of these incidents, as far as the bytes go, but one at least. */
  Map<UUID, Incident> findFirst(String account, List<UUID> ids, int maxBytes) {
    return byId(
        BoundedRows.read(
                database,
                account,
                FIND_FIRST,
                Map.of("account", account, "ids", ids),
                rows.mapper(),
                maxBytes)
            .rows());
  }

  private static Map<UUID, Incident> byId(List<Incident> incidents) {
    Map<UUID, Incident> found = new HashMap<>();
    incidents.forEach(incident -> found.put(incident.id(), incident));
    return found;
  }

  /**
   * Reads and locks the row until the transaction ends. Events can still be appended to its
   * timeline.
   */
  @Nullable Incident lock(TenantDatabase.Transaction transaction, IncidentRef ref) {
    return first(
        transaction.query(
            statement(ref, LOCK_BY_ID, LOCK_BY_NUMBER, LOCK_BY_DEDUP_KEY),
            values(transaction.account(), ref),
            rows.mapper()));
  }

  /** The name for {@link TenantDatabase#transaction} of a transaction that locks the row. */
  static String lockName(IncidentRef ref) {
    return switch (ref) {
      case IncidentRef.ById(UUID id) -> "incident " + id;
      case IncidentRef.ByNumber(int number) -> "incident #" + number;
      case IncidentRef.ByDedupKey(String key) -> "incident " + IncidentRef.DEDUP_PREFIX + key;
    };
  }

  private static final SqlStatement UPDATE =
      SqlStatement.of(
          """
          with changed as (
            update np_incidents
            set title = :title, summary = :summary::text, severity = :severity, status = :status, owner = :owner::text,
              labels = :labels::jsonb, services = :services::text[], merged_into = :merged_into::uuid
            where source_account_id = :account and id = :id
            returning *
          ),
          events as (
          """
              + TimelineSql.INSERT
              + """
                select changed.source_account_id, changed.id, event.id, event.kind, event.message, event.data::jsonb, event.actor,
                  now(), null::integer
                from changed
                cross join unnest(:event_ids::uuid[], :event_kinds::text[], :event_messages::text[], :event_data::text[],
                    :event_actors::text[])
                  with ordinality as event (id, kind, message, data, actor, place)
                order by event.place
              )
              select * from changed
              """);

  /**
   * Updates the fields that can change and appends the events that say so, in one round trip. The
   * database sets version and timestamps.
   *
   * @param events of this incident, which happen now
   */
  Incident update(
      TenantDatabase.Transaction transaction, Incident incident, List<NewEvent> events) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("account", transaction.account());
    values.put("id", incident.id());
    values.put("title", incident.title());
    values.put("summary", incident.summary());
    values.put("severity", incident.severity().value());
    values.put("status", incident.status().value());
    values.put("owner", incident.owner());
    values.put("labels", json.write(incident.labels()));
    values.put("services", incident.services());
    values.put("merged_into", incident.mergedInto());
    values.put("event_ids", events.stream().map(_ -> ids.next()).toList());
    values.put("event_kinds", events.stream().map(NewEvent::kind).toList());
    values.put("event_messages", events.stream().map(NewEvent::message).toList());
    values.put("event_data", events.stream().map(NewEvent::data).toList());
    values.put("event_actors", events.stream().map(NewEvent::actor).toList());
    try {
      return transaction.query(UPDATE, values, rows.mapper()).getFirst();
    } catch (DatabaseException e) {
      if (e.violates("np_incidents_dedup")) {
        throw ApiException.conflict(
            "Another unfinished incident has the same dedup_key %s; resolve or cancel it first"
                .formatted(incident.dedupKey()));
      }
      throw e;
    }
  }

  private static <T> @Nullable T first(List<T> rows) {
    return rows.isEmpty() ? null : rows.getFirst();
  }
}
