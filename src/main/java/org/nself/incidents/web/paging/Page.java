package org.nself.incidents.web.paging;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list, in the list's own order whichever way it was counted.
 *
 * @param hasNext whether more follows
 * @param hasPrevious whether more precedes
 */
public record Page<T>(List<T> items, boolean hasNext, boolean hasPrevious) {

  /**
   * Makes a page of rows that were read in the direction asked for, one more than wanted.
   *
   * @param bounded whether the page was asked to begin at a cursor on the side that it is counted
   *     from, so that something is on that side
   */
  public static <T> Page<T> of(List<T> rows, int size, boolean backwards, boolean bounded) {
    boolean more = rows.size() > size;
    return of(more ? rows.subList(0, size) : rows, more, backwards, bounded);
  }

  /**
   * Makes a page of rows that were read as in {@link #of(List, int, boolean, boolean)}, or of
   * fewer.
   *
   * @param cut whether fewer were read because the response has no room for more
   */
  public static <T> Page<T> of(
      List<T> rows, boolean cut, int size, boolean backwards, boolean bounded) {
    return cut && rows.size() <= size
        ? of(rows, true, backwards, bounded)
        : of(rows, size, backwards, bounded);
  }

  /**
   * Makes a page of the rows that it is to hold.
   *
   * @param more whether there are more in the direction asked for
   */
  public static <T> Page<T> of(List<T> items, boolean more, boolean backwards, boolean bounded) {
    return backwards
        ? new Page<>(items.reversed(), bounded, more)
        : new Page<>(items, more, bounded);
  }

  /**
   * The fields of a Relay PageInfo.
   *
   * @param cursor gives an item's cursor
   */
  public Map<String, @Nullable Object> pageInfo(Function<T, String> cursor) {
    Map<String, @Nullable Object> info = new HashMap<>();
    info.put("hasNextPage", hasNext);
    info.put("hasPreviousPage", hasPrevious);
    info.put("startCursor", items.isEmpty() ? null : cursor.apply(items.getFirst()));
    info.put("endCursor", items.isEmpty() ? null : cursor.apply(items.getLast()));
    return info;
  }
}
