package org.nself.incidents.runbook.execution.engine;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds a part of a value by a JSON Pointer (RFC 6901). */
final class Pointer {

  private Pointer() {}

  /** Null where there is nothing at the place, or null. */
  static @Nullable Object find(@Nullable Object value, String pointer) {
    @Nullable Object found = value;
    if (pointer.isEmpty()) {
      return found;
    }
    for (String token : pointer.substring(1).split("/", -1)) {
      String name = token.replace("~1", "/").replace("~0", "~");
      found =
          switch (found) {
            case Map<?, ?> map -> map.get(name);
            case List<?> list when name.matches("0|[1-9][0-9]{0,8}") -> {
              int index = Integer.parseInt(name);
              yield index < list.size() ? list.get(index) : null;
            }
            case null, default -> null;
          };
    }
    return found;
  }
}
