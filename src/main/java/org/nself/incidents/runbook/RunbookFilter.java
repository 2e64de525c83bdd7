package org.nself.incidents.runbook;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;

/**
 * Conditions on runbooks; all must hold. A null is no condition, an empty list matches nothing.
 *
 * @param archived archived ones only, or only those that are not
 */
public record RunbookFilter(@Nullable List<String> key, @Nullable String search, boolean archived) {

  static final RunbookFilter IN_USE = new RunbookFilter(null, null, false);

  private static final int MAX_KEYS = 100;

  /**
   * @param search the name of the member that holds the text to look for: GraphQL has {@code
   *     search}, REST {@code q}
   */
  static RunbookFilter read(InputReader input, String search) {
    @Nullable Boolean archived = input.bool("archived");
    return new RunbookFilter(
        input.strings("key", MAX_KEYS, 64),
        input.string(search, 200),
        Boolean.TRUE.equals(archived));
  }
}
