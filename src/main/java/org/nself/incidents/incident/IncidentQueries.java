package org.nself.incidents.incident;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.BoundedRows;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Cursor;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.nself.incidents.web.response.ResponseSizeBudget;

/**
 * Lists and counts incidents. A statement contains only the conditions that are given, so that each
 * combination has its own plan.
 */
public final class IncidentQueries {

  private static final Pattern NUMBER = Pattern.compile("#[0-9]{1,9}");

  private final TenantDatabase database;
  private final IncidentStore store;
  private final StrictJson json;

  /** By SQL text: one for each requested combination of columns, conditions and order. */
  private final Cache<String, SqlStatement> statements =
      Caffeine.newBuilder().maximumSize(1_000).build();

  IncidentQueries(TenantDatabase database, IncidentStore store, StrictJson json) {
    this.database = database;
    this.store = store;
    this.json = json;
  }

  /**
   * A page of a list. It ends early where the response has no room for more, but has one incident
   * at least.
   *
   * @throws ApiException {@code too_large} if there is not even room for that
   */
  Page<Incident> page(
      String account,
      IncidentColumns columns,
      IncidentFilter filter,
      IncidentOrder order,
      PageRequest page,
      ResponseSizeBudget budget) {
    Map<String, @Nullable Object> values = new HashMap<>();
    List<String> conditions = conditions(account, filter, values, json);
    if (page.after() != null) {
      conditions.add(order.keysetCondition("after", false));
      bind(values, "after", key(account, order, page.afterField(), page.after()));
    }
    if (page.before() != null) {
      conditions.add(order.keysetCondition("before", true));
      bind(values, "before", key(account, order, "before", page.before()));
    }
    values.put("limit", page.size() + 1);
    String text =
        "select "
            + columns.sql()
            + " from np_incidents where "
            + String.join(" and ", conditions)
            + " "
            + order.orderBy(page.backwards())
            + " limit "
            + PageRequest.limit(page.size());
    boolean bounded = page.backwards() ? page.before() != null : page.after() != null;
    long remaining = budget.remaining();
    if (remaining >= (page.size() + 1) * IncidentStore.MAX_BYTES) {
      // As most pages, it fits whatever the rows have; the database need not count.
      try (ResponseSizeBudget.Read read = budget.beginRead(page.size() + 1L)) {
        List<Incident> rows = database.query(account, statement(text), values, store.rowMapper());
        read.end(rows.stream().mapToLong(IncidentStore::weight).sum());
        return Page.of(rows, page.size(), page.backwards(), bounded);
      }
    }
    BoundedRows.Cut<Incident> list =
        BoundedRows.read(
            database,
            account,
            statement(BoundedRows.list(text, IncidentStore.WEIGHT)),
            values,
            store.rowMapper(),
            budget,
            "ask for fewer lists");
    return Page.of(list.rows(), list.cut(), page.size(), page.backwards(), bounded);
  }

  int count(String account, IncidentFilter filter) {
    Map<String, @Nullable Object> values = new HashMap<>();
    String text =
        "select count(*) from np_incidents where "
            + String.join(" and ", conditions(account, filter, values, json));
    return database.query(account, statement(text), values, row -> row.getInt(1)).getFirst();
  }

  /** The cursor of an incident in this order. */
  static String cursor(String account, IncidentOrder order, Incident incident) {
    return Cursor.encode(list(account, order), order.key(incident));
  }

  private static List<Object> key(
      String account, IncidentOrder order, String field, String cursor) {
    return Cursor.decode(list(account, order), field, cursor, order.keyTypes());
  }

  private static String list(String account, IncidentOrder order) {
    return account + "\u001fincidents\u001f" + order;
  }

  private static void bind(Map<String, @Nullable Object> values, String name, List<Object> key) {
    for (int i = 0; i < key.size(); i++) {
      values.put(name + "_" + (i + 1), key.get(i));
    }
  }

  /**
   * The SQL conditions of a filter on the columns of np_incidents, which they name without a table.
   *
   * @param values receives the values of their parameters
   */
  public static List<String> conditions(
      String account,
      IncidentFilter filter,
      Map<String, @Nullable Object> values,
      StrictJson json) {
    List<String> conditions = new ArrayList<>();
    conditions.add("source_account_id = :account");
    values.put("account", account);
    if (filter.kind() != null) {
      conditions.add(
          isOneOf("kind", filter.kind().stream().map(IncidentKind::value).toList(), values));
    }
    if (filter.status() != null) {
      conditions.add(
          isOneOf("status", filter.status().stream().map(IncidentStatus::value).toList(), values));
    }
    if (filter.severity() != null) {
      conditions.add(
          filter.severity().size() == 1
              // The column of the index.
              ? "severity_rank = " + filter.severity().getFirst().rank()
              : isOneOf(
                  "severity", filter.severity().stream().map(Severity::value).toList(), values));
    }
    if (filter.owner() != null) {
      conditions.add(isOneOf("owner", filter.owner(), values));
    }
    if (filter.service() != null) {
      conditions.add("services && :service::text[]");
      values.put("service", filter.service());
    }
    if (filter.dedupKey() != null) {
      conditions.add(isOneOf("dedup_key", filter.dedupKey(), values));
    }
    if (filter.labels() != null) {
      conditions.add("labels @> :labels::jsonb");
      values.put("labels", json.write(filter.labels()));
    }
    if (filter.search() != null) {
      String matches = matches("title") + " or " + matches("summary");
      @Nullable Integer number = number(filter.search());
      if (number == null) {
        conditions.add("(" + matches + ")");
      } else {
        conditions.add("(number = :number or " + matches + ")");
        values.put("number", number);
      }
      values.put("search", "%" + filter.search().replaceAll("([\\\\%_])", "\\\\$1") + "%");
    }
    if (filter.openedAfter() != null) {
      conditions.add("opened_at >= :opened_after");
      values.put("opened_after", filter.openedAfter());
    }
    if (filter.openedBefore() != null) {
      conditions.add("opened_at < :opened_before");
      values.put("opened_before", filter.openedBefore());
    }
    if (filter.updatedAfter() != null) {
      conditions.add("updated_at > :updated_after");
      values.put("updated_after", filter.updatedAfter());
    }
    return conditions;
  }

  /**
   * Compares a column with one value where there is only one: the rows of that value are in the
   * order of the list in an index, those of an array are not, whatever its length.
   */
  private static String isOneOf(
      String column, List<String> wanted, Map<String, @Nullable Object> values) {
    if (wanted.size() == 1) {
      values.put(column, wanted.getFirst());
      return column + " = :" + column + "::text";
    }
    values.put(column, wanted);
    return column + " = any(:" + column + "::text[])";
  }

  /**
   * Whether a text contains the search, also in normal form C, since rows of earlier versions, and
   * of other writers, may be in another. ASCII is in every normal form, and normalizing takes ten
   * times as long as searching. The first condition is one whose share of rows PostgreSQL knows:
   * for others it expects few, and reads all instead of the newest that match.
   */
  private static String matches(String column) {
    return "%1$s ilike :search or octet_length(%1$s) <> length(%1$s) and normalize(%1$s) ilike :search"
        .formatted(column);
  }

  /** The number in a search for {@code #42}; null if it is none. */
  private static @Nullable Integer number(String search) {
    return NUMBER.matcher(search).matches()
        ? (Integer) Integer.parseInt(search.substring(1))
        : null;
  }

  private SqlStatement statement(String text) {
    return statements.get(text, SqlStatement::of);
  }
}
