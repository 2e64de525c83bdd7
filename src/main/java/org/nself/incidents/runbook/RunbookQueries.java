package org.nself.incidents.runbook;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.BoundedRows;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.web.paging.Cursor;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.nself.incidents.web.response.ResponseSizeBudget;

/** Lists and counts runbooks. A statement contains only the conditions that are given. */
final class RunbookQueries {

  private static final List<Cursor.Type> CURSOR_TYPES = List.of(Cursor.Type.TEXT, Cursor.Type.UUID);

  private final TenantDatabase database;
  private final RunbookStore store;

  /** By SQL text; one for each combination of conditions. */
  private final Map<String, SqlStatement> statements = new ConcurrentHashMap<>();

  RunbookQueries(TenantDatabase database, RunbookStore store) {
    this.database = database;
    this.store = store;
  }

  /**
   * A page in the order of name and id; forwards only. It ends early where the response has no room
   * for more.
   */
  Page<Runbook> page(
      String account, RunbookFilter filter, PageRequest page, ResponseSizeBudget budget) {
    Map<String, @Nullable Object> values = new HashMap<>();
    List<String> conditions = conditions(account, filter, values);
    if (page.after() != null) {
      List<Object> key =
          Cursor.decode(list(account), page.afterField(), page.after(), CURSOR_TYPES);
      conditions.add("(runbook.name, runbook.id) > (:after_name, :after_id::uuid)");
      values.put("after_name", key.getFirst());
      values.put("after_id", key.getLast());
    }
    values.put("limit", page.size() + 1);
    String text =
        RunbookStore.FIND
            + String.join("", conditions.stream().map(condition -> " and " + condition).toList())
            + " order by runbook.name, runbook.id limit :limit";
    BoundedRows.Cut<Runbook> read =
        BoundedRows.read(
            database,
            account,
            statement(BoundedRows.list(text, RunbookStore.WEIGHT)),
            values,
            store::runbook,
            budget,
            "ask for fewer lists");
    return Page.of(read.rows(), read.cut(), page.size(), false, page.after() != null);
  }

  int count(String account, RunbookFilter filter) {
    Map<String, @Nullable Object> values = new HashMap<>();
    String text =
        "select count(*) from np_runbooks runbook where runbook.source_account_id = :account"
            + String.join(
                "",
                conditions(account, filter, values).stream()
                    .map(condition -> " and " + condition)
                    .toList());
    return database.query(account, statement(text), values, row -> row.getInt(1)).getFirst();
  }

  static String cursor(String account, Runbook runbook) {
    return Cursor.encode(
        list(account), List.of(runbook.definition().name(), runbook.id().toString()));
  }

  private static String list(String account) {
    return account + "\u001frunbooks";
  }

  private static List<String> conditions(
      String account, RunbookFilter filter, Map<String, @Nullable Object> values) {
    List<String> conditions = new ArrayList<>();
    values.put("account", account);
    conditions.add("runbook.archived_at is " + (filter.archived() ? "not null" : "null"));
    if (filter.key() != null) {
      conditions.add("runbook.key = any(:key::text[])");
      values.put("key", filter.key());
    }
    if (filter.search() != null) {
      conditions.add("normalize(runbook.name) ilike :search");
      values.put("search", "%" + filter.search().replaceAll("([\\\\%_])", "\\\\$1") + "%");
    }
    return conditions;
  }

  private SqlStatement statement(String text) {
    return statements.computeIfAbsent(text, SqlStatement::of);
  }
}
