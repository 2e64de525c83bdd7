package org.nself.incidents.database;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.response.ResponseSizeBudget;

/**
 * Reads rows as far as the budget of the response goes. The database counts their bytes and does
 * not send the others, so that memory holds no more than the response can have. That costs it some
 * time for each row; a statement whose rows fit whatever they have does without.
 */
public final class BoundedRows {

  /** What a read expects whose statement counts the bytes. */
  private static final long MANY = Long.MAX_VALUE;

  private BoundedRows() {}

  /**
   * Some rows of a list.
   *
   * @param cut whether there are more that were selected but not read
   */
  public record Cut<T>(List<T> rows, boolean cut) {}

  /**
   * A statement for the rows of a list.
   *
   * @param select selects them, in order
   * @param weight an expression over the columns of the select: the bytes of a row in a response
   */
  public static String list(String select, String weight) {
    return """
    select * from (
      select page.*, sum(%s) over (rows unbounded preceding) as row_bytes, row_number() over () as row_position, count(*) over () as row_count
      from (%s) page
    ) page
    where row_bytes <= :max_bytes::bigint or row_position = 1
    """
        .formatted(weight, select);
  }

  /**
   * Reads a list by a statement of {@link #list}. It ends where the response has no room, but has
   * one row at least.
   *
   * @param advice what to ask for instead if there is no room for that
   * @throws ApiException {@code too_large}
   */
  public static <T> Cut<T> read(
      TenantDatabase database,
      String account,
      SqlStatement statement,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper,
      ResponseSizeBudget budget,
      String advice) {
    try (ResponseSizeBudget.Read read = budget.beginRead(MANY)) {
      long max = read.maxBytes();
      Counted<T> counted = count(database, account, statement, values, mapper, max);
      if (counted.bytes() > Math.max(max, budget.reserve()) && !budget.isUntouched()) {
        throw budget.tooLarge(advice);
      }
      read.end(counted.bytes());
      return counted.rows();
    }
  }

  /**
   * Reads a list by a statement of {@link #list} that is not for a response.
   *
   * @param maxBytes of all rows; the first is read however large it is
   */
  public static <T> Cut<T> read(
      TenantDatabase database,
      String account,
      SqlStatement statement,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper,
      long maxBytes) {
    return count(database, account, statement, values, mapper, maxBytes).rows();
  }

  /**
   * Reads a list that cannot end early by a statement of {@link #list}.
   *
   * @param intoReserve whether it may draw on the reserve for first rows
   * @param advice what to ask for instead if there is no room for all of it
   * @throws ApiException {@code too_large}
   */
  public static <T> List<T> readAll(
      TenantDatabase database,
      String account,
      SqlStatement statement,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper,
      ResponseSizeBudget budget,
      boolean intoReserve,
      String advice) {
    try (ResponseSizeBudget.Read read = budget.beginRead(MANY)) {
      long max = read.maxBytes() + (intoReserve ? budget.reserve() : 0);
      Counted<T> counted = count(database, account, statement, values, mapper, max);
      if (counted.rows().cut() || counted.bytes() > max) {
        throw budget.tooLarge(advice);
      }
      read.end(counted.bytes());
      return counted.rows().rows();
    }
  }

  /**
   * @param bytes of the rows in a response
   */
  private record Counted<T>(Cut<T> rows, long bytes) {}

  private static <T> Counted<T> count(
      TenantDatabase database,
      String account,
      SqlStatement statement,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper,
      long maxBytes) {
    Map<String, @Nullable Object> bound = new HashMap<>(values);
    bound.put("max_bytes", maxBytes);
    long[] bytes = {0};
    int[] count = {0};
    List<T> rows =
        database.query(
            account,
            statement,
            bound,
            row -> {
              bytes[0] = row.getLong("row_bytes");
              count[0] = row.getInt("row_count");
              return mapper.map(row);
            });
    return new Counted<>(new Cut<>(rows, rows.size() < count[0]), bytes[0]);
  }

  /**
   * A statement for the rows of several lists.
   *
   * @param select selects them with a column {@code owner}, the id of the list
   * @param order of the rows in each list, an expression over the columns of the select
   * @param weight as for {@link #list}
   */
  public static String lists(String select, String order, String weight) {
    return """
    select * from (
      select page.*, sum(weight) over pages as row_bytes, sum(weight) filter (where is_first) over pages as first_bytes,
        row_number() over pages as row_position, count(*) over (partition by owner) as row_count, count(*) filter (where is_first) over () as owner_count
      from (
        select page.*, %s as weight, row_number() over (partition by owner order by %s) = 1 as is_first
        from (%s) page
      ) page
      window pages as (order by owner, %s rows unbounded preceding)
    ) page
    where row_bytes <= :max_bytes::bigint or (is_first and first_bytes <= :reserve_bytes::bigint) or row_position = 1
    order by row_position
    """
        .formatted(weight, order, select, order);
  }

  /**
   * Reads several lists by a statement of {@link #lists}. They end where the response has no room,
   * but each has one row at least.
   *
   * @param owners of the lists; one without rows has an empty list
   * @param advice what to ask for instead if there is no room for that
   * @throws ApiException {@code too_large}
   */
  public static <T> Map<UUID, Cut<T>> readLists(
      TenantDatabase database,
      String account,
      SqlStatement statement,
      List<UUID> owners,
      Map<String, ? extends @Nullable Object> values,
      RowMapper<T> mapper,
      ResponseSizeBudget budget,
      String advice) {
    Map<UUID, List<T>> rows = new LinkedHashMap<>();
    Map<UUID, Integer> counts = new HashMap<>();
    long[] bytes = {0};
    int[] ownerCount = {0};
    try (ResponseSizeBudget.Read read = budget.beginRead(MANY)) {
      long reserve = budget.reserve();
      Map<String, @Nullable Object> bound = new HashMap<>(values);
      bound.put("max_bytes", read.maxBytes());
      bound.put("reserve_bytes", reserve);
      database.query(
          account,
          statement,
          bound,
          row -> {
            UUID owner = row.getObject("owner", UUID.class);
            rows.computeIfAbsent(owner, _ -> new ArrayList<>()).add(mapper.map(row));
            counts.put(owner, row.getInt("row_count"));
            bytes[0] += row.getLong("weight");
            ownerCount[0] = row.getInt("owner_count");
            return owner;
          });
      if (rows.size() < ownerCount[0]
          || (bytes[0] > read.maxBytes() + reserve && !budget.isUntouched())) {
        throw budget.tooLarge(advice);
      }
      read.end(bytes[0]);
    }
    Map<UUID, Cut<T>> lists = new LinkedHashMap<>();
    for (UUID owner : owners) {
      List<T> ofOwner = rows.getOrDefault(owner, List.of());
      lists.put(owner, new Cut<>(ofOwner, ofOwner.size() < counts.getOrDefault(owner, 0)));
    }
    return lists;
  }
}
