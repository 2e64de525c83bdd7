package org.nself.incidents.runbook;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.BoundedRows;
import org.nself.incidents.database.DatabaseException;
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionJsonCodec;
import org.nself.incidents.runbook.definition.Trigger;
import org.nself.incidents.runbook.definition.TriggerMode;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.response.ResponseSizeBudget;

/** Reads and writes np_runbooks and np_runbook_versions. Lists are in {@link RunbookQueries}. */
final class RunbookStore {

  /** The total length of the latest definitions of an account's runbooks, without archived ones. */
  static final long MAX_DEFINITION_BYTES = 64L << 20;

  private final TenantDatabase database;
  private final DefinitionJsonCodec definitions;

  RunbookStore(TenantDatabase database, DefinitionJsonCodec definitions) {
    this.database = database;
    this.definitions = definitions;
  }

  /** The bytes of the definitions of the account's other runbooks. */
  private static final String TOTAL =
      """
      with total as (
        select coalesce(sum(version.definition_bytes), 0) as bytes
        from np_runbooks runbook
        join np_runbook_versions version
          on version.source_account_id = runbook.source_account_id and version.runbook_id = runbook.id
          and version.version = runbook.version
        where runbook.source_account_id = :account and runbook.archived_at is null and runbook.id <> :id
      ),
      """;

  /** Inserts the version that a runbook has now, and returns both. */
  private static final String INSERT_VERSION =
      """
      version as (
        insert into np_runbook_versions (source_account_id, runbook_id, version, name, description, definition, called_keys, created_by)
        select source_account_id, id, version, name, :description::text, :definition::jsonb, :called_keys::text[], :actor from runbook
        returning description, definition
      )
      select runbook.*, version.description, version.definition from runbook, version
      """;

  private static final SqlStatement INSERT =
      SqlStatement.of(
          TOTAL
              + """
              runbook as (
                insert into np_runbooks (source_account_id, id, key, source, name, created_by)
                select :account, :id, :key::text, :source::text, :name, :actor from total
                where total.bytes + octet_length((:definition::jsonb)::text) <= :max_bytes
                returning *
              ),
              """
              + INSERT_VERSION);

  Runbook insert(
      TenantDatabase.Transaction transaction,
      UUID id,
      @Nullable String key,
      @Nullable String source,
      Definition definition,
      String actor) {
    return write(
        transaction,
        INSERT,
        values(transaction.account(), id, key, source, definition, actor),
        key);
  }

  private static final SqlStatement UPDATE =
      SqlStatement.of(
          TOTAL
              + """
              runbook as (
                update np_runbooks set key = :key::text, name = :name, version = version + 1, updated_at = now(),
                  source = case when source is null then null else coalesce(:source::text, source) end
                where source_account_id = :account and id = :id
                  and (select bytes from total) + octet_length((:definition::jsonb)::text) <= :max_bytes
                returning *
              ),
              """
              + INSERT_VERSION);

  /**
   * @param source of a runbook that a directory of files made, which moves to this one; null to
   *     keep it
   */
  Runbook update(
      TenantDatabase.Transaction transaction,
      Runbook before,
      @Nullable String key,
      @Nullable String source,
      Definition definition,
      String actor) {
    return write(
        transaction,
        UPDATE,
        values(transaction.account(), before.id(), key, source, definition, actor),
        key);
  }

  private Runbook write(
      TenantDatabase.Transaction transaction,
      SqlStatement sql,
      Map<String, @Nullable Object> values,
      @Nullable String key) {
    try {
      List<Runbook> written = transaction.query(sql, values, this::runbook);
      if (written.isEmpty()) {
        throw ApiException.invalid(
            "steps",
            "cannot be saved: the definitions of the account's runbooks would have more than %,d MiB; archive a runbook or shorten one"
                .formatted(MAX_DEFINITION_BYTES >> 20));
      }
      return written.getFirst();
    } catch (DatabaseException e) {
      if (e.violates("np_runbooks_key")) {
        throw ApiException.conflict(
            "Another runbook has the key " + key + "; archive that runbook or use another key");
      }
      throw e;
    }
  }

  private Map<String, @Nullable Object> values(
      String account,
      UUID id,
      @Nullable String key,
      @Nullable String source,
      Definition definition,
      String actor) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("account", account);
    values.put("id", id);
    values.put("key", key);
    values.put("source", source);
    values.put("name", definition.name());
    values.put("description", definition.description());
    values.put("definition", definitions.write(definition));
    List<String> calledKeys = RunbookReferences.keys(RunbookReferences.in(definition));
    values.put("called_keys", calledKeys.isEmpty() ? null : calledKeys);
    values.put("actor", actor);
    values.put("max_bytes", MAX_DEFINITION_BYTES);
    return values;
  }

  /** Selects the runbooks of the account; further conditions can be appended. */
  static final String FIND =
      """
      select runbook.*, version.description, version.definition, version.definition_bytes
      from np_runbooks runbook
      join np_runbook_versions version
        on version.source_account_id = runbook.source_account_id and version.runbook_id = runbook.id
        and version.version = runbook.version
      where runbook.source_account_id = :account
      """;

  /** The approximate bytes of a runbook or a version in a response. */
  static final String WEIGHT =
      "500 + coalesce(octet_length(description), 0) + coalesce(definition_bytes, 0)";

  private static final String FEWER = "ask for fewer runbooks";

  private static final SqlStatement FIND_ALL =
      SqlStatement.of(
          BoundedRows.list(
              FIND + "and runbook.id = any(:ids::uuid[]) order by runbook.id", WEIGHT));
  private static final SqlStatement LOCK =
      SqlStatement.of(FIND + "and runbook.id = :id for no key update of runbook");

  private static final SqlStatement LOCK_BY_KEY =
      SqlStatement.of(
          FIND
              + "and runbook.key = :key and runbook.archived_at is null for no key update of"
              + " runbook");

  private static final SqlStatement FIND_BY_KEY =
      SqlStatement.of(FIND + "and runbook.key = :key and runbook.archived_at is null");

  /** Reads the runbook that has the key now; null if there is none. */
  @Nullable Runbook findByKey(TenantDatabase.Transaction transaction, String key) {
    List<Runbook> found =
        transaction.query(
            FIND_BY_KEY, Map.of("account", transaction.account(), "key", key), this::runbook);
    return found.isEmpty() ? null : found.getFirst();
  }

  /** Reads and locks the runbook that has the key now; null if there is none. */
  @Nullable Runbook lockByKey(TenantDatabase.Transaction transaction, String key) {
    List<Runbook> found =
        transaction.query(
            LOCK_BY_KEY, Map.of("account", transaction.account(), "key", key), this::runbook);
    return found.isEmpty() ? null : found.getFirst();
  }

  /**
   * Reads runbooks in one statement; those that the account does not have are left out.
   *
   * @throws ApiException {@code too_large}
   */
  Map<UUID, Runbook> findAll(String account, List<UUID> ids, ResponseSizeBudget budget) {
    BoundedRows.Cut<Runbook> read =
        BoundedRows.read(
            database,
            account,
            FIND_ALL,
            Map.of("account", account, "ids", ids),
            this::runbook,
            budget,
            FEWER);
    if (read.cut()) {
      throw budget.tooLarge(FEWER);
    }
    Map<UUID, Runbook> found = new HashMap<>();
    read.rows().forEach(runbook -> found.put(runbook.id(), runbook));
    return found;
  }

  @Nullable Runbook find(String account, UUID id) {
    List<Runbook> rows =
        database.query(account, FIND_ONE, Map.of("account", account, "id", id), this::runbook);
    return rows.isEmpty() ? null : rows.getFirst();
  }

  private static final SqlStatement FIND_ONE = SqlStatement.of(FIND + "and runbook.id = :id");

  @Nullable Runbook find(TenantDatabase.Transaction transaction, UUID id) {
    List<Runbook> rows =
        transaction.query(
            FIND_ONE, Map.of("account", transaction.account(), "id", id), this::runbook);
    return rows.isEmpty() ? null : rows.getFirst();
  }

  /** Reads no definition: hundreds of them may have a megabyte each. */
  private static final SqlStatement FIND_TRIGGERS =
      SqlStatement.of(
          """
          select runbook.id, runbook.key, runbook.name, runbook.version, version.attach ->> 'condition' as condition,
            version.attach ->> 'mode' as mode
          from np_runbooks runbook
          join np_runbook_versions version
            on version.source_account_id = runbook.source_account_id and version.runbook_id = runbook.id
            and version.version = runbook.version
          where runbook.source_account_id = :account and version.source_account_id = :account
            and jsonb_typeof(version.attach) = 'object' and runbook.archived_at is null
            and runbook.id > coalesce(:after::uuid, '00000000-0000-0000-0000-000000000000')
          order by runbook.id limit :limit
          """);

  List<RunbookTrigger> findTriggers(String account, @Nullable UUID after, int limit) {
    Map<String, @Nullable Object> arguments = new HashMap<>();
    arguments.put("account", account);
    arguments.put("after", after);
    arguments.put("limit", limit);
    return database.query(account, FIND_TRIGGERS, arguments, RunbookStore::trigger);
  }

  /** A condition or mode that only a newer version can write does not break the others. */
  private static RunbookTrigger trigger(ResultSet row) throws SQLException {
    @Nullable String condition = row.getString("condition");
    return new RunbookTrigger(
        row.getObject("id", UUID.class),
        row.getString("key"),
        row.getString("name"),
        row.getInt("version"),
        new Trigger(
            condition == null ? "" : condition,
            "start".equals(row.getString("mode")) ? TriggerMode.START : TriggerMode.SUGGEST));
  }

  /** Over the latest definitions; {@code union} ends it where runbooks run each other. */
  private static final SqlStatement REACHES =
      SqlStatement.of(
          """
          with recursive reachable (id) as (
            select unnest(:from::uuid[])
            union
            select called.id
            from reachable
            join np_runbooks runbook on runbook.source_account_id = :account and runbook.id = reachable.id
            join np_runbook_versions version
              on version.source_account_id = :account and version.runbook_id = runbook.id
              and version.version = runbook.version
            cross join lateral (
              select id::uuid from jsonb_array_elements_text(version.called_runbooks) by_id (id)
              union all
              select by_key.id from np_runbooks by_key
              where by_key.source_account_id = :account and by_key.key = any(version.called_keys)
                and by_key.archived_at is null
            ) called
          )
          select from reachable where id = :target
          """);

  /** Whether running one of the runbooks can run the target, directly or through others. */
  boolean reaches(TenantDatabase.Transaction transaction, List<UUID> from, UUID target) {
    return !transaction
        .query(
            REACHES,
            Map.of("account", transaction.account(), "from", from, "target", target),
            _ -> Boolean.TRUE)
        .isEmpty();
  }

  /** Reads the runbook and locks it against changes until the transaction ends. */
  @Nullable Runbook lock(TenantDatabase.Transaction transaction, UUID id) {
    List<Runbook> rows =
        transaction.query(LOCK, Map.of("account", transaction.account(), "id", id), this::runbook);
    return rows.isEmpty() ? null : rows.getFirst();
  }

  private static final SqlStatement FIND_UNARCHIVED =
      SqlStatement.of(
          """
          select id, key from np_runbooks
          where source_account_id = :account and archived_at is null and (id = any(:ids::uuid[]) or key = any(:keys::text[]))
          """);

  /** How a runbook can be named. */
  record Name(UUID id, @Nullable String key) {

    static Name of(ResultSet row) throws SQLException {
      return new Name(row.getObject("id", UUID.class), row.getString("key"));
    }

    boolean isMeantBy(Action.RunRunbook run) {
      return run.key() == null ? id.equals(run.runbookId()) : run.key().equals(key);
    }
  }

  /** Returns the runbooks of the account with one of the ids or keys that are not archived. */
  List<Name> findUnarchived(
      TenantDatabase.Transaction transaction, List<UUID> ids, List<String> keys) {
    return transaction.query(FIND_UNARCHIVED, names(transaction.account(), ids, keys), Name::of);
  }

  /** As the other {@code findUnarchived}, in a statement of its own. */
  List<Name> findUnarchived(String account, List<UUID> ids, List<String> keys) {
    return database.query(account, FIND_UNARCHIVED, names(account, ids, keys), Name::of);
  }

  private static Map<String, @Nullable Object> names(
      String account, List<UUID> ids, List<String> keys) {
    return Map.of("account", account, "ids", ids, "keys", keys);
  }

  private static final SqlStatement ARCHIVE =
      SqlStatement.of(
          """
          update np_runbooks set archived_at = now(), updated_at = now()
          where source_account_id = :account and id = :id
          returning archived_at
          """);

  Runbook archive(TenantDatabase.Transaction transaction, Runbook before) {
    Instant now =
        transaction
            .query(
                ARCHIVE,
                Map.of("account", transaction.account(), "id", before.id()),
                row -> ResultSets.instant(row, "archived_at"))
            .getFirst();
    return new Runbook(
        before.id(),
        before.key(),
        before.source(),
        before.version(),
        before.definition(),
        before.createdBy(),
        before.createdAt(),
        now,
        now);
  }

  private static final SqlStatement MOVE_TO_SOURCE =
      SqlStatement.of(
          """
          update np_runbooks set source = :source
          where source_account_id = :account and id = :id and source is not null
          """);

  /** Makes a runbook that another directory of files made one of this one. */
  void moveToSource(
      TenantDatabase.Transaction transaction, Runbook before, @Nullable String source) {
    if (source == null || before.source() == null || before.source().equals(source)) {
      return;
    }
    transaction.update(
        MOVE_TO_SOURCE,
        Map.of("account", transaction.account(), "id", before.id(), "source", source));
  }

  private static final SqlStatement ARCHIVE_MISSING =
      SqlStatement.of(
          """
          update np_runbooks set archived_at = now(), updated_at = now()
          where source_account_id = :account and id in (
            select id from np_runbooks
            where source_account_id = :account and source = :source and archived_at is null
              and (key is null or key <> all(:keys::text[]))
            order by id limit 1000)
          returning id, key, name, version
          """);

  /** Archives the runbooks of a source with other keys, up to 1,000 at once. */
  List<AppliedRunbooks.Item> archiveMissing(
      TenantDatabase.Transaction transaction, String source, List<String> keys) {
    return transaction.query(
        ARCHIVE_MISSING,
        Map.of("account", transaction.account(), "source", source, "keys", keys),
        row ->
            new AppliedRunbooks.Item(
                row.getString("key"),
                row.getString("name"),
                AppliedRunbooks.Outcome.ARCHIVED,
                row.getObject("id", UUID.class),
                row.getInt("version"),
                List.of(),
                0));
  }

  private static final SqlStatement VERSIONS =
      SqlStatement.of(
          BoundedRows.lists(
              """
              select version.*
              from unnest(:ids::uuid[]) runbook (id)
              cross join lateral (
                select runbook_id as owner, version, name, description, definition, definition_bytes, created_by, created_at
                from np_runbook_versions
                where source_account_id = :account and runbook_id = runbook.id and version < :before
                order by version desc limit :limit
              ) version
              """,
              "version desc",
              WEIGHT));

  /**
   * Reads the versions of several runbooks, newest first, in one statement. The lists end where the
   * response has no room, but have one version at least.
   *
   * @throws ApiException {@code too_large}
   */
  Map<UUID, BoundedRows.Cut<RunbookVersion>> versions(
      String account, List<UUID> ids, int before, int limit, ResponseSizeBudget budget) {
    return BoundedRows.readLists(
        database,
        account,
        VERSIONS,
        ids,
        Map.of("account", account, "ids", ids, "before", before, "limit", limit),
        this::version,
        budget,
        FEWER);
  }

  private static final SqlStatement VERSION =
      SqlStatement.of(
          """
          select version, name, description, definition, created_by, created_at
          from np_runbook_versions
          where source_account_id = :account and runbook_id = :id and version = :version
          """);

  @Nullable RunbookVersion version(String account, UUID id, int version) {
    List<RunbookVersion> rows =
        database.query(
            account,
            VERSION,
            Map.of("account", account, "id", id, "version", version),
            this::version);
    return rows.isEmpty() ? null : rows.getFirst();
  }

  private RunbookVersion version(ResultSet row) throws SQLException {
    return new RunbookVersion(
        row.getInt("version"),
        definition(row),
        row.getString("created_by"),
        ResultSets.instant(row, "created_at"));
  }

  Runbook runbook(ResultSet row) throws SQLException {
    return new Runbook(
        row.getObject("id", UUID.class),
        row.getString("key"),
        row.getString("source"),
        row.getInt("version"),
        definition(row),
        row.getString("created_by"),
        ResultSets.instant(row, "created_at"),
        ResultSets.instant(row, "updated_at"),
        ResultSets.optionalInstant(row, "archived_at"));
  }

  private Definition definition(ResultSet row) throws SQLException {
    return definitions.read(
        row.getString("name"),
        row.getString("description"),
        new RawJson(row.getString("definition")));
  }
}
