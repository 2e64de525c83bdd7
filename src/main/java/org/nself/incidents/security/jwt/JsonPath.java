package org.nself.incidents.security.jwt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A path into a JSON value, in the subset of JSONPath that Hasura supports: {@code $} for the root,
 * {@code .name}, {@code ['any name']} and {@code [0]}. The {@code $} may be omitted.
 *
 * @param steps from the root: a String names a member, an Integer is the index of an item
 * @param text as it was written
 */
record JsonPath(List<Object> steps, String text) {

  private static final Pattern STEP =
      Pattern.compile(
          "\\.(?<name>[\\p{L}_$][\\p{L}\\p{N}_$-]*)"
              + "|\\[(?<index>\\d{1,9})]"
              + "|\\['(?<single>[^'\\\\]*)']"
              + "|\\[\"(?<double>[^\"\\\\]*)\"]");

  /**
   * What a path leads to.
   *
   * @param value null for JSON's null
   */
  record Found(@Nullable Object value) {}

  /** The member of the root that has this name. */
  static JsonPath ofMember(String name) {
    return new JsonPath(List.of(name), name);
  }

  /**
   * @throws IllegalArgumentException if it is not such a path
   */
  static JsonPath parse(String text) {
    String path = withoutRoot(text);
    List<Object> steps = new ArrayList<>();
    Matcher matcher = STEP.matcher(path);
    int position = 0;
    while (position < path.length()) {
      matcher.region(position, path.length());
      if (!matcher.lookingAt()) {
        throw new IllegalArgumentException(
            "must be a JSON path such as $.hasura.claims, $.roles[0] or $['a name']; '%s' is not"
                .formatted(text));
      }
      steps.add(step(matcher));
      position = matcher.end();
    }
    return new JsonPath(List.copyOf(steps), text);
  }

  private static String withoutRoot(String text) {
    if (text.equals("$") || text.startsWith("$.") || text.startsWith("$[")) {
      return text.substring(1);
    }
    return text.startsWith("[") ? text : "." + text;
  }

  private static Object step(Matcher matcher) {
    @Nullable String index = matcher.group("index");
    if (index != null) {
      return Integer.valueOf(index);
    }
    return Stream.of("name", "single", "double")
        .map(matcher::group)
        .filter(Objects::nonNull)
        .findFirst()
        .orElseThrow();
  }

  /** The value at this path; null if there is none. */
  @Nullable Found find(Object root) {
    @Nullable Object value = root;
    for (Object step : steps) {
      if (value instanceof Map<?, ?> map && map.containsKey(step)) {
        value = map.get(step);
      } else if (value instanceof List<?> list
          && step instanceof Integer index
          && index < list.size()) {
        value = list.get(index);
      } else {
        return null;
      }
    }
    return new Found(value);
  }
}
