package org.nself.incidents.timeline;

import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.paging.PageRequest;

/**
 * The part of a timeline to read.
 *
 * @param size how many, 0 to 200
 * @param backwards whether to count from the end
 * @param afterSeq only events after this one; 0 for all
 * @param beforeSeq only events before this one
 */
public record TimelinePage(int size, boolean backwards, int afterSeq, int beforeSeq) {

  /**
   * @throws ApiException {@code invalid}, if a number is out of range or both directions are
   *     requested
   */
  public static TimelinePage of(
      @Nullable Integer first,
      @Nullable Integer afterSeq,
      @Nullable Integer last,
      @Nullable Integer beforeSeq) {
    PageRequest page = PageRequest.of(first, null, last, null);
    return new TimelinePage(
        page.size(),
        page.backwards(),
        requireAtLeast(0, "afterSeq", afterSeq, 0),
        requireAtLeast(1, "beforeSeq", beforeSeq, Integer.MAX_VALUE));
  }

  /** Reads the parameters of REST, which pages from the start of a timeline. */
  public static TimelinePage read(InputReader query) {
    @Nullable Integer afterSeq = query.integer("afterSeq", 0, Integer.MAX_VALUE);
    @Nullable Integer limit = query.integer("limit", 1, PageRequest.MAX_SIZE);
    return of(limit, afterSeq, null, null);
  }

  private static int requireAtLeast(int min, String field, @Nullable Integer value, int otherwise) {
    if (value == null) {
      return otherwise;
    }
    if (value < min) {
      throw ApiException.malformed(field, "must be at least " + min);
    }
    return value;
  }
}
