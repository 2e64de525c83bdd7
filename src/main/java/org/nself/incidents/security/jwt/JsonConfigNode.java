package org.nself.incidents.security.jwt;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of the configuration. A member that is null counts as absent, as in Hasura.
 *
 * @param path prefix of member names in messages: empty at the root, else as {@code "header."}
 */
record JsonConfigNode(String path, Map<String, @Nullable Object> members) {

  /**
   * @throws IllegalArgumentException if there are other members
   */
  void requireOnly(String... known) {
    Set<String> unknown = new TreeSet<>(members.keySet());
    unknown.removeAll(Set.of(known));
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "%s%s is not a known member; allowed are %s"
              .formatted(path, unknown.iterator().next(), String.join(", ", known)));
    }
  }

  @Nullable Object value(String name) {
    return members.get(name);
  }

  /** A string that is not empty; null if absent. */
  @Nullable String text(String name) {
    return switch (members.get(name)) {
      case String text when !text.isEmpty() -> text;
      case null -> null;
      default -> throw error(name, "must be a string that is not empty");
    };
  }

  String requiredText(String name) {
    @Nullable String text = text(name);
    if (text == null) {
      throw error(name, "is missing");
    }
    return text;
  }

  /** An object; null if absent. */
  @Nullable JsonConfigNode object(String name) {
    return switch (members.get(name)) {
      case Map<?, ?> object -> {
        Map<String, @Nullable Object> copy = new HashMap<>();
        object.forEach((key, value) -> copy.put(String.valueOf(key), value));
        yield new JsonConfigNode(path + name + ".", copy);
      }
      case null -> null;
      default -> throw error(name, "must be a JSON object");
    };
  }

  /** A list of strings, none of them empty; null if the value is anything else. */
  static @Nullable List<String> strings(@Nullable Object value) {
    return value instanceof List<?> list
            && list.stream().allMatch(item -> item instanceof String text && !text.isEmpty())
        ? list.stream().map(String.class::cast).toList()
        : null;
  }

  IllegalArgumentException error(String name, String message) {
    return new IllegalArgumentException(path + name + " " + message);
  }
}
