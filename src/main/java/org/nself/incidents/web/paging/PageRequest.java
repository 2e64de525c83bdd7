package org.nself.incidents.web.paging;

import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;

/**
 * Which part of a list is wanted, as in the Relay cursor specification.
 *
 * @param size how many, 0 to 200
 * @param backwards whether to count from the end: {@code last} and not {@code first}
 * @param after the cursor that the page comes after
 * @param before the cursor that the page comes before
 * @param afterField the name of {@code after} for the client
 */
public record PageRequest(
    int size,
    boolean backwards,
    @Nullable String after,
    @Nullable String before,
    String afterField) {

  public static final int DEFAULT_SIZE = 20;
  public static final int MAX_SIZE = 200;

  /**
   * @throws ApiException {@code invalid}, where a number is out of range or both directions are
   *     asked for at once
   */
  public static PageRequest of(
      @Nullable Integer first,
      @Nullable String after,
      @Nullable Integer last,
      @Nullable String before) {
    if (first != null && last != null) {
      throw ApiException.malformed("last", "cannot be combined with first; ask for one of them");
    }
    return last == null
        ? new PageRequest(size("first", first), false, after, before, "after")
        : new PageRequest(size("last", last), true, after, before, "after");
  }

  /**
   * REST's parameters {@code limit} and {@code cursor}, noting in the query where they are wrong.
   */
  public static PageRequest of(InputReader query) {
    @Nullable Integer limit = query.integer("limit", 1, MAX_SIZE);
    return new PageRequest(
        limit == null ? DEFAULT_SIZE : limit,
        false,
        query.string("cursor", Cursor.MAX_LENGTH),
        null,
        "cursor");
  }

  /**
   * How a statement limits its rows to one more than a page: written out for the sizes that clients
   * ask for most, else the parameter {@code :limit}. PostgreSQL plans a statement anew at every
   * execution where it does not know how many rows are wanted; so many plans of each are few enough
   * to be kept.
   */
  public static String limit(int size) {
    return switch (size) {
      case DEFAULT_SIZE, 50, 100, MAX_SIZE -> String.valueOf(size + 1);
      default -> ":limit";
    };
  }

  /** A page size within range; the default where none is given. */
  public static int size(String field, @Nullable Integer size) {
    if (size == null) {
      return DEFAULT_SIZE;
    }
    if (size < 0 || size > MAX_SIZE) {
      throw ApiException.malformed(field, "must be from 0 to " + MAX_SIZE);
    }
    return size;
  }
}
