package org.nself.incidents.timeline;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.timeline.anchor.TimelineAnchor;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.nself.incidents.web.response.ResponseSizeBudget;

/** The rows of np_incident_timeline. */
final class TimelineStore {

  static final String COLUMNS =
      "id, incident_id, seq, kind, message, data, actor, occurred_at, recorded_at, supersedes,"
          + " redacted, hash";

  /** The bytes of an event in a response, without message and data. */
  static final int BASE_WEIGHT = 350;

  private final TenantDatabase database;
  private final UuidGenerator ids;

  /** Statements of {@link #page}, by text: ten at most. */
  private final Map<String, SqlStatement> pages = new ConcurrentHashMap<>();

  TimelineStore(TenantDatabase database, UuidGenerator ids) {
    this.database = database;
    this.ids = ids;
  }

  /** One event with the values of {@link #values}. */
  private static final String EVENT =
      """
      :id, :kind, :message::text, :data::jsonb, :actor, coalesce(:occurred_at::timestamptz, now()), :supersedes::integer
      """;

  /** Inserts nothing where there is no such incident. */
  private static final String INSERT_INTO_INCIDENT =
      TimelineSql.INSERT
          + "select source_account_id, id, "
          + EVENT
          + "from np_incidents where source_account_id = :account and id = :incident";

  private static final SqlStatement ADD =
      SqlStatement.of(INSERT_INTO_INCIDENT + " returning " + COLUMNS);

  /** Appends an event, in one round trip; null if there is no such incident. */
  @Nullable TimelineEvent add(String account, NewEvent event) {
    return first(database.write(account, ADD, values(account, event), TimelineStore::event));
  }

  private static final SqlStatement ADD_ONCE =
      SqlStatement.of(
          """
          with prior as (
            select encode(request_hash, 'hex') as request_hash, subject_id, subject_seq
            from np_idempotency_keys
            where source_account_id = :account and key = :key
          ),
          forgotten as (
          """
              + IdempotencyKeyStore.DELETE_EXPIRED
              + """
              ),
              added as (
              """
              + INSERT_INTO_INCIDENT
              + """
                and not exists (select from prior)
                returning *
              ),
              keyed as (
                insert into np_idempotency_keys (source_account_id, key, request_hash, subject_id, subject_seq)
                select source_account_id, :key, decode(:request_hash, 'hex'), incident_id, seq from added
              )
              select null::text as request_hash, added.* from added
              union all
              select prior.request_hash, event.*
              from prior
              left join np_incident_timeline event
                on event.source_account_id = :account and event.incident_id = prior.subject_id and event.seq = prior.subject_seq
              """);

  /** As {@link #add}, once per idempotency key: a repeat returns the event of the first request. */
  @Nullable Added addOnce(String account, NewEvent event, IdempotencyRequest idempotency) {
    Map<String, @Nullable Object> values = values(account, event);
    values.put("key", idempotency.key());
    values.put("request_hash", idempotency.requestHash());
    return first(
        database.write(
            account,
            List.of(IdempotencyKeyStore.lockName(idempotency.key())),
            ADD_ONCE,
            values,
            row ->
                new Added(
                    row.getString("id") == null ? null : event(row),
                    row.getString("request_hash"))));
  }

  /**
   * The outcome of {@link #addOnce}.
   *
   * @param priorRequestHash the hash of the earlier request under the same key; null if there was
   *     none
   */
  record Added(@Nullable TimelineEvent event, @Nullable String priorRequestHash) {}

  private Map<String, @Nullable Object> values(String account, NewEvent event) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("account", account);
    values.put("id", ids.next());
    values.put("incident", event.incidentId());
    values.put("kind", event.kind());
    values.put("message", event.message());
    values.put("data", event.data());
    values.put("actor", event.actor());
    values.put("occurred_at", event.occurredAt());
    values.put("supersedes", event.supersedes());
    return values;
  }

  private static final String INCIDENT =
      "select id from np_incidents where source_account_id = :account and ";
  private static final SqlStatement INCIDENT_BY_ID = SqlStatement.of(INCIDENT + "id = :id");
  private static final SqlStatement INCIDENT_BY_NUMBER =
      SqlStatement.of(INCIDENT + "number = :number");

  private static final SqlStatement INCIDENT_BY_DEDUP_KEY =
      SqlStatement.of(INCIDENT + "id = np_incident_by_dedup_key(:account, :dedup_key)");

  @Nullable UUID incidentId(String account, IncidentRef incident) {
    return switch (incident) {
      case IncidentRef.ById(UUID id) ->
          incidentId(account, INCIDENT_BY_ID, Map.of("account", account, "id", id));
      case IncidentRef.ByNumber(int number) ->
          incidentId(account, INCIDENT_BY_NUMBER, Map.of("account", account, "number", number));
      case IncidentRef.ByDedupKey(String key) ->
          incidentId(account, INCIDENT_BY_DEDUP_KEY, Map.of("account", account, "dedup_key", key));
    };
  }

  private @Nullable UUID incidentId(
      String account, SqlStatement statement, Map<String, Object> values) {
    return first(
        database.query(account, statement, values, row -> row.getObject("id", UUID.class)));
  }

  private static final SqlStatement APPEND =
      SqlStatement.of(
          TimelineSql.INSERT + "values (:account, :incident, " + EVENT + ") returning " + COLUMNS);

  /** Appends an event to an incident that is known to exist. */
  TimelineEvent append(TenantDatabase.Transaction transaction, NewEvent event) {
    return transaction
        .query(APPEND, values(transaction.account(), event), TimelineStore::event)
        .getFirst();
  }

  private static final SqlStatement FIND =
      SqlStatement.of(
          "select "
              + COLUMNS
              + """

              from np_incident_timeline
              where source_account_id = :account and incident_id = :incident and seq = :seq
              """);

  @Nullable TimelineEvent find(TenantDatabase.Transaction transaction, UUID incident, int seq) {
    return first(
        transaction.query(
            FIND,
            Map.of("account", transaction.account(), "incident", incident, "seq", seq),
            TimelineStore::event));
  }

  private static final SqlStatement REDACT =
      SqlStatement.of(
          "select "
              + COLUMNS
              + """

              from np_incident_timeline_redact(:account, :incident, :seq, :id, :actor, :reason::text)
              """);

  /**
   * Removes the text of an event and appends the event that says so; null if there is no event that
   * still has its text.
   */
  @Nullable TimelineEvent redact(
      TenantDatabase.Transaction transaction, RedactTimelineEvent command, String actor) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("account", transaction.account());
    values.put("incident", command.incidentId());
    values.put("seq", command.seq());
    values.put("id", ids.next());
    values.put("actor", actor);
    values.put("reason", command.reason());
    return first(transaction.query(REDACT, values, TimelineStore::event));
  }

  /**
   * The approximate size of an event in a response. Measured as text: what is stored may be a
   * hundredth of that, compressed or as a number with a large exponent.
   */
  static final String WEIGHT =
      BASE_WEIGHT + " + coalesce(octet_length(message), 0) + coalesce(octet_length(data::text), 0)";

  /**
   * @param single whether it reads one timeline: then the first event of all is that of the page,
   *     which saves two window functions for each row
   */
  private static String page(TimelinePage wanted, boolean single) {
    String direction = wanted.backwards() ? "desc" : "asc";
    String first =
        single ? "" : ", row_number() over (order by seq %s) = 1 as first".formatted(direction);
    String fitsReserve =
        single
            ? "(row_number() over pages = 1 and weight <= :reserve::bigint)"
            : "(first and sum(weight) filter (where first) over pages <= :reserve::bigint)";
    return """
    select id, incident_id, seq, kind, case when kept then message end as message, case when kept then data end as data,
      actor, occurred_at, recorded_at, supersedes, redacted, hash, kept, weight
    from (
      select page.*, incident.ordinal,
        sum(weight) over pages <= :budget::bigint
          or %s
          or (:untouched::boolean and row_number() over pages = 1) as kept
      from unnest(:incidents::uuid[]) with ordinality as incident (id, ordinal)
      cross join lateral (
        select %s, %s as weight%s
        from np_incident_timeline
        where source_account_id = :account and incident_id = incident.id and seq > :after and seq < :before
        order by seq %s
        limit %s
      ) page
      window pages as (order by incident.ordinal, page.seq %s rows unbounded preceding)
    ) page
    order by ordinal, seq %s
    """
        .formatted(
            fitsReserve,
            COLUMNS,
            WEIGHT,
            first,
            direction,
            PageRequest.limit(wanted.size()),
            direction,
            direction);
  }

  /**
   * An event of a page.
   *
   * @param kept whether it fits into the response; if not, none after it does
   * @param weight in bytes
   */
  private record WeighedEvent(TimelineEvent event, boolean kept, long weight) {}

  /**
   * Reads the same part of the timelines of several incidents, in one statement. An incident that
   * does not exist has an empty page. When the budget is spent, pages end early after at least one
   * event, and say that more follows.
   *
   * @throws ApiException {@code too_large}, if not even the first events fit
   */
  Map<UUID, Page<TimelineEvent>> pages(
      String account, List<UUID> incidents, TimelinePage wanted, ResponseSizeBudget budget) {
    Map<UUID, List<TimelineEvent>> rows = new HashMap<>();
    for (UUID incident : incidents) {
      rows.put(incident, new ArrayList<>());
    }
    Set<UUID> cut = new HashSet<>();
    try (ResponseSizeBudget.Read read =
        budget.beginRead((long) incidents.size() * (wanted.size() + 1))) {
      List<WeighedEvent> events =
          database.query(
              account,
              pages.computeIfAbsent(
                  page(wanted, incidents.size() == 1), SqlStatement::withGenericPlan),
              Map.of(
                  "account", account,
                  "incidents", incidents,
                  "after", wanted.afterSeq(),
                  "before", wanted.beforeSeq(),
                  "limit", wanted.size() + 1,
                  "budget", read.maxBytes(),
                  "reserve", budget.reserve(),
                  "untouched", budget.isUntouched()),
              row -> new WeighedEvent(event(row), row.getBoolean("kept"), row.getLong("weight")));
      long bytes = 0;
      for (WeighedEvent weighed : events) {
        UUID incident = weighed.event().incidentId();
        List<TimelineEvent> page = Objects.requireNonNull(rows.get(incident));
        if (weighed.kept()) {
          bytes += weighed.weight();
          page.add(weighed.event());
        } else if (page.isEmpty()) {
          throw budget.tooLarge("ask for fewer timelines");
        } else {
          cut.add(incident);
        }
      }
      read.end(bytes);
    }
    boolean bounded =
        wanted.backwards() ? wanted.beforeSeq() < Integer.MAX_VALUE : wanted.afterSeq() > 0;
    Map<UUID, Page<TimelineEvent>> found = new HashMap<>();
    rows.forEach(
        (incident, page) ->
            found.put(
                incident,
                cut.contains(incident)
                    ? Page.of(page, true, wanted.backwards(), bounded)
                    : Page.of(page, wanted.size(), wanted.backwards(), bounded)));
    return found;
  }

  private static final SqlStatement COUNT =
      SqlStatement.of(
          """
          select incident_id, seq
          from np_incident_timeline_heads
          where source_account_id = :account and incident_id = any(:incidents::uuid[])
          """);

  /** Counts the events of each timeline: the seq of the last one, because there are no gaps. */
  Map<UUID, Integer> counts(String account, List<UUID> incidents) {
    Map<UUID, Integer> counts = new HashMap<>();
    database.query(
        account,
        COUNT,
        Map.of("account", account, "incidents", incidents),
        row -> counts.put(row.getObject("incident_id", UUID.class), row.getInt("seq")));
    return counts;
  }

  private static final SqlStatement VERIFY =
      SqlStatement.of(
          """
          select incident, events, intact, first_broken_seq, head_hash, problem_seqs, problems
          from unnest(:incidents::uuid[]) as incident
          cross join lateral np_incident_timeline_verify(
            :account, incident, :anchor_seq::integer, decode(:anchor_hash::text, 'hex'), :anchor_time::timestamptz)
          """);

  Map<UUID, TimelineVerification> verify(
      String account, List<UUID> incidents, @Nullable TimelineAnchor anchor) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("account", account);
    values.put("incidents", incidents);
    values.put("anchor_seq", anchor == null ? null : anchor.seq());
    values.put("anchor_hash", anchor == null ? null : anchor.hash());
    values.put("anchor_time", anchor == null ? null : anchor.time());
    Map<UUID, TimelineVerification> verifications = new HashMap<>();
    database.query(
        account,
        VERIFY,
        values,
        row ->
            verifications.put(
                row.getObject("incident", UUID.class),
                new TimelineVerification(
                    row.getBoolean("intact"),
                    row.getInt("events"),
                    row.getObject("first_broken_seq", Integer.class),
                    hex(row.getBytes("head_hash")),
                    findings(row))));
    return verifications;
  }

  private static List<TimelineVerification.Finding> findings(ResultSet row) throws SQLException {
    Integer[] seqs = (Integer[]) row.getArray("problem_seqs").getArray();
    String[] problems = (String[]) row.getArray("problems").getArray();
    List<TimelineVerification.Finding> findings = new ArrayList<>(seqs.length);
    for (int i = 0; i < seqs.length; i++) {
      findings.add(
          new TimelineVerification.Finding(
              seqs[i],
              TimelineVerification.ProblemKind.valueOf(problems[i].toUpperCase(Locale.ROOT))));
    }
    return List.copyOf(findings);
  }

  static TimelineEvent event(ResultSet row) throws SQLException {
    @Nullable String data = row.getString("data");
    return new TimelineEvent(
        row.getObject("id", UUID.class),
        row.getObject("incident_id", UUID.class),
        row.getInt("seq"),
        row.getString("kind"),
        row.getString("message"),
        data == null ? null : new RawJson(data),
        row.getString("actor"),
        ResultSets.instant(row, "occurred_at"),
        ResultSets.instant(row, "recorded_at"),
        row.getObject("supersedes", Integer.class),
        row.getBoolean("redacted"),
        HexFormat.of().formatHex(row.getBytes("hash")));
  }

  private static @Nullable String hex(byte @Nullable [] bytes) {
    return bytes == null ? null : HexFormat.of().formatHex(bytes);
  }

  private static <T> @Nullable T first(List<T> rows) {
    return rows.isEmpty() ? null : rows.getFirst();
  }
}
