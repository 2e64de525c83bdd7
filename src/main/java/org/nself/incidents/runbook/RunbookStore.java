package org.nself.incidents.runbook;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.DatabaseException;
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionJsonCodec;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.RawJson;

/** Reads and writes np_runbooks and np_runbook_versions. Lists are in {@link RunbookQueries}. */
final class RunbookStore {

  private final TenantDatabase database;
  private final DefinitionJsonCodec definitions;

  RunbookStore(TenantDatabase database, DefinitionJsonCodec definitions) {
    this.database = database;
    this.definitions = definitions;
  }

  private static final SqlStatement INSERT =
      SqlStatement.of(
          """
          with runbook as (
            insert into np_runbooks (source_account_id, id, key, name, created_by)
            values (:account, :id, :key::text, :name, :actor)
            returning *
          ),
          version as (
            insert into np_runbook_versions (source_account_id, runbook_id, version, name, description, definition, created_by)
            values (:account, :id, 1, :name, :description::text, :definition::jsonb, :actor)
            returning description, definition
          )
          select runbook.*, version.description, version.definition from runbook, version
          """);

  Runbook insert(
      TenantDatabase.Transaction transaction,
      UUID id,
      @Nullable String key,
      Definition definition,
      String actor) {
    return write(
        transaction, INSERT, values(transaction.account(), id, key, definition, actor), key);
  }

  private static final SqlStatement UPDATE =
      SqlStatement.of(
          """
          with runbook as (
            update np_runbooks set key = :key::text, name = :name, version = version + 1, updated_at = now()
            where source_account_id = :account and id = :id
            returning *
          ),
          version as (
            insert into np_runbook_versions (source_account_id, runbook_id, version, name, description, definition, created_by)
            select source_account_id, id, version, name, :description::text, :definition::jsonb, :actor from runbook
            returning description, definition
          )
          select runbook.*, version.description, version.definition from runbook, version
          """);

  Runbook update(
      TenantDatabase.Transaction transaction,
      Runbook before,
      @Nullable String key,
      Definition definition,
      String actor) {
    return write(
        transaction,
        UPDATE,
        values(transaction.account(), before.id(), key, definition, actor),
        key);
  }

  private Runbook write(
      TenantDatabase.Transaction transaction,
      SqlStatement sql,
      Map<String, @Nullable Object> values,
      @Nullable String key) {
    try {
      return transaction.query(sql, values, this::runbook).getFirst();
    } catch (DatabaseException e) {
      if (e.violates("np_runbooks_key")) {
        throw ApiException.conflict(
            "Another runbook has the key " + key + "; archive that runbook or use another key");
      }
      throw e;
    }
  }

  private Map<String, @Nullable Object> values(
      String account, UUID id, @Nullable String key, Definition definition, String actor) {
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("account", account);
    values.put("id", id);
    values.put("key", key);
    values.put("name", definition.name());
    values.put("description", definition.description());
    values.put("definition", definitions.write(definition));
    values.put("actor", actor);
    return values;
  }

  /** Selects the runbooks of the account; further conditions can be appended. */
  static final String FIND =
      """
      select runbook.*, version.description, version.definition
      from np_runbooks runbook
      join np_runbook_versions version
        on version.source_account_id = runbook.source_account_id and version.runbook_id = runbook.id
        and version.version = runbook.version
      where runbook.source_account_id = :account
      """;

  private static final SqlStatement FIND_ALL =
      SqlStatement.of(FIND + "and runbook.id = any(:ids::uuid[])");
  private static final SqlStatement LOCK =
      SqlStatement.of(FIND + "and runbook.id = :id for no key update of runbook");

  Map<UUID, Runbook> findAll(String account, List<UUID> ids) {
    Map<UUID, Runbook> found = new HashMap<>();
    database
        .query(account, FIND_ALL, Map.of("account", account, "ids", toStrings(ids)), this::runbook)
        .forEach(runbook -> found.put(runbook.id(), runbook));
    return found;
  }

  private static final SqlStatement FIND_ONE = SqlStatement.of(FIND + "and runbook.id = :id");

  @Nullable Runbook find(TenantDatabase.Transaction transaction, UUID id) {
    List<Runbook> rows =
        transaction.query(
            FIND_ONE, Map.of("account", transaction.account(), "id", id), this::runbook);
    return rows.isEmpty() ? null : rows.getFirst();
  }

  private static final SqlStatement FIND_WITH_TRIGGER =
      SqlStatement.of(
          FIND
              + """
              and version.source_account_id = :account and jsonb_typeof(version.definition -> 'attach') = 'object'
              and runbook.archived_at is null order by runbook.id
              """);

  List<Runbook> findWithTrigger(String account) {
    return database.query(account, FIND_WITH_TRIGGER, Map.of("account", account), this::runbook);
  }

  private static String[] toStrings(List<UUID> ids) {
    return ids.stream().map(UUID::toString).toArray(String[]::new);
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
          select id from np_runbooks
          where source_account_id = :account and id = any(:ids::uuid[]) and archived_at is null
          """);

  /** Returns those of the ids that are runbooks of the account and not archived. */
  List<UUID> findUnarchived(TenantDatabase.Transaction transaction, List<UUID> ids) {
    return transaction.query(
        FIND_UNARCHIVED,
        Map.of("account", transaction.account(), "ids", toStrings(ids)),
        row -> row.getObject("id", UUID.class));
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
        before.version(),
        before.definition(),
        before.createdBy(),
        before.createdAt(),
        now,
        now);
  }

  private static final SqlStatement VERSIONS =
      SqlStatement.of(
          """
          select version.*
          from unnest(:ids::uuid[]) runbook (id)
          cross join lateral (
            select runbook_id, version, name, description, definition, created_by, created_at
            from np_runbook_versions
            where source_account_id = :account and runbook_id = runbook.id and version < :before
            order by version desc limit :limit
          ) version
          order by version.runbook_id, version.version desc
          """);

  Map<UUID, List<RunbookVersion>> versions(String account, List<UUID> ids, int before, int limit) {
    Map<UUID, List<RunbookVersion>> versions = new HashMap<>();
    database.query(
        account,
        VERSIONS,
        Map.of("account", account, "ids", toStrings(ids), "before", before, "limit", limit),
        row ->
            versions
                .computeIfAbsent(row.getObject("runbook_id", UUID.class), _ -> new ArrayList<>())
                .add(
                    new RunbookVersion(
                        row.getInt("version"),
                        definition(row),
                        row.getString("created_by"),
                        ResultSets.instant(row, "created_at"))));
    return versions;
  }

  Runbook runbook(ResultSet row) throws SQLException {
    return new Runbook(
        row.getObject("id", UUID.class),
        row.getString("key"),
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
