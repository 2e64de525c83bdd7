package org.nself.incidents.security.jwt;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The members of a JSON object in a setting. One that is null counts as absent, as Hasura has it.
 *
 * @param path how messages call the object: empty for the outermost, else as {@code "header."}
 */
record JsonConfigNode(String path, Map<String, @Nullable Object> members) {

  /**
   * @throws IllegalArgumentException where there are others
   */
  void only(String... known) {
    Set<String> unknown = new TreeSet<>(members.keySet());
    unknown.removeAll(Set.of(known));
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "%s%s is not known; known are %s"
              .formatted(path, unknown.iterator().next(), String.join(", ", known)));
    }
  }

  @Nullable Object value(String name) {
    return members.get(name);
  }

  /** A string that is not empty; null where it is absent. */
  @Nullable String text(String name) {
    return switch (members.get(name)) {
      case String text when !text.isEmpty() -> text;
      case null -> null;
      default -> throw fault(name, "must be a string that is not empty");
    };
  }

  String requiredText(String name) {
    @Nullable String text = text(name);
    if (text == null) {
      throw fault(name, "is missing");
    }
    return text;
  }

  /** An object; null where it is absent. */
  @Nullable JsonConfigNode object(String name) {
    return switch (members.get(name)) {
      case Map<?, ?> object -> {
        Map<String, @Nullable Object> copy = new HashMap<>();
        object.forEach((key, value) -> copy.put(String.valueOf(key), value));
        yield new JsonConfigNode(path + name + ".", copy);
      }
      case null -> null;
      default -> throw fault(name, "must be a JSON object");
    };
  }

  /** A list of strings, none of them empty; null where the value is anything else. */
  static @Nullable List<String> texts(@Nullable Object value) {
    return value instanceof List<?> list
            && list.stream().allMatch(item -> item instanceof String text && !text.isEmpty())
        ? list.stream().map(String.class::cast).toList()
        : null;
  }

  IllegalArgumentException fault(String name, String message) {
    return new IllegalArgumentException(path + name + " " + message);
  }
}
