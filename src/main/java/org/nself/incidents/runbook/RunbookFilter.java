package org.nself.incidents.runbook;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;

/**
 * Conditions on runbooks, which must all hold. Null means no condition; an empty list matches
 * nothing.
 *
 * @param archived true for archived runbooks only, false for those that are not archived
 */
public record RunbookFilter(@Nullable List<String> key, @Nullable String search, boolean archived) {

  static final RunbookFilter NOT_ARCHIVED = new RunbookFilter(null, null, false);

  private static final int MAX_KEYS = 100;

  /**
   * @param search the name of the member with the text to search for: {@code search} in GraphQL,
   *     {@code q} in REST
   */
  static RunbookFilter read(InputReader input, String search) {
    @Nullable Boolean archived = input.bool("archived");
    return new RunbookFilter(
        input.strings("key", MAX_KEYS, 64),
        input.string(search, 200),
        Boolean.TRUE.equals(archived));
  }
}
