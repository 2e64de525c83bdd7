package org.nself.incidents.security.jwt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place in a JSON value, in the part of JSONPath that Hasura knows: {@code $} for the root,
 * {@code .name}, {@code ['any name']} and {@code [0]}. The {@code $} may be left out.
 *
 * @param steps names of members and indexes of items
 * @param text as it was written
 */
record JsonPath(List<Step> steps, String text) {

  private static final Pattern STEP =
      Pattern.compile(
          "\\.(?<name>[\\p{L}_$][\\p{L}\\p{N}_$-]*)"
              + "|\\[(?<index>\\d{1,9})]"
              + "|\\['(?<single>[^'\\\\]*)']"
              + "|\\[\"(?<double>[^\"\\\\]*)\"]");

  /** One step down. */
  sealed interface Step {
    record Member(String name) implements Step {}

    record Item(int index) implements Step {}
  }

  /**
   * What is at a place.
   *
   * @param value null for JSON's null
   */
  record Found(@Nullable Object value) {}

  /** The member of the root that has this name. */
  static JsonPath ofMember(String name) {
    return new JsonPath(List.of(new Step.Member(name)), name);
  }

  /**
   * @throws IllegalArgumentException where it is not such a path, saying from where
   */
  static JsonPath parse(String text) {
    String path = withoutRoot(text);
    List<Step> steps = new ArrayList<>();
    Matcher matcher = STEP.matcher(path);
    int at = 0;
    while (at < path.length()) {
      matcher.region(at, path.length());
      if (!matcher.lookingAt()) {
        throw new IllegalArgumentException(
            "must be a JSON path such as $.hasura.claims, $.roles[0] or $['a name']; '%s' is not"
                .formatted(text));
      }
      steps.add(step(matcher));
      at = matcher.end();
    }
    return new JsonPath(List.copyOf(steps), text);
  }

  private static String withoutRoot(String text) {
    if (text.equals("$") || text.startsWith("$.") || text.startsWith("$[")) {
      return text.substring(1);
    }
    return text.startsWith("[") ? text : "." + text;
  }

  private static Step step(Matcher matcher) {
    @Nullable String index = matcher.group("index");
    if (index != null) {
      return new Step.Item(Integer.parseInt(index));
    }
    for (String group : List.of("name", "single", "double")) {
      @Nullable String name = matcher.group(group);
      if (name != null) {
        return new Step.Member(name);
      }
    }
    throw new IllegalStateException("A step is none of its alternatives");
  }

  /** What is there; null where nothing is. */
  @Nullable Found find(Object root) {
    Found found = new Found(root);
    for (Step step : steps) {
      @Nullable Found below = below(found.value(), step);
      if (below == null) {
        return null;
      }
      found = below;
    }
    return found;
  }

  private static @Nullable Found below(@Nullable Object value, Step step) {
    return switch (step) {
      case Step.Member(String name) ->
          value instanceof Map<?, ?> map && map.containsKey(name) ? new Found(map.get(name)) : null;
      case Step.Item(int index) ->
          value instanceof List<?> list && index < list.size() ? new Found(list.get(index)) : null;
    };
  }
}
