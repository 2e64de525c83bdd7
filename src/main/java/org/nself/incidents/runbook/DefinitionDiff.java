package org.nself.incidents.runbook;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The differences of two definitions by field, such as {@code steps.roll_back.http.url}. Steps and
 * inputs are compared by their keys and names, wherever they stand in the list.
 */
final class DefinitionDiff {

  static final int MAX_CHANGES = 100;

  /** What happened to a field. */
  enum ChangeKind {
    ADDED,
    REMOVED,
    CHANGED,
    /** Steps or inputs are in another order. */
    MOVED
  }

  /**
   * A difference.
   *
   * @param field its path
   */
  record FieldChange(String field, ChangeKind kind) {}

  /** The member that identifies an element of a list, by the path of the list. */
  private static final Map<String, String> IDENTITIES = Map.of("steps", "key", "inputs", "name");

  private final List<FieldChange> changes = new ArrayList<>();
  private int count;

  private DefinitionDiff() {}

  /** Compares two definitions, each as an object of JSON. */
  static DefinitionDiff of(
      Map<String, ? extends @Nullable Object> before,
      Map<String, ? extends @Nullable Object> after) {
    DefinitionDiff diff = new DefinitionDiff();
    diff.compare("", before, after);
    return diff;
  }

  /** The first of the differences. */
  List<FieldChange> changes() {
    return List.copyOf(changes);
  }

  /** How many there are. */
  int count() {
    return count;
  }

  private void add(String path, ChangeKind kind) {
    if (count++ < MAX_CHANGES) {
      changes.add(new FieldChange(path, kind));
    }
  }

  private void compare(String path, @Nullable Object before, @Nullable Object after) {
    if (Objects.equals(before, after)) {
      return;
    }
    if (before == null || after == null) {
      add(path, before == null ? ChangeKind.ADDED : ChangeKind.REMOVED);
    } else if (before instanceof Map<?, ?> old && after instanceof Map<?, ?> now) {
      compareMembers(path, old, now);
    } else if (IDENTITIES.containsKey(path)
        && before instanceof List<?> old
        && after instanceof List<?> now) {
      Map<?, ?> oldByKey = byKey(path, old);
      Map<?, ?> nowByKey = byKey(path, now);
      compareMembers(path, oldByKey, nowByKey);
      List<?> kept = oldByKey.keySet().stream().filter(nowByKey::containsKey).toList();
      if (!kept.equals(nowByKey.keySet().stream().filter(oldByKey::containsKey).toList())) {
        add(path, ChangeKind.MOVED);
      }
    } else {
      add(path, ChangeKind.CHANGED);
    }
  }

  private void compareMembers(String path, Map<?, ?> before, Map<?, ?> after) {
    Set<Object> names = new LinkedHashSet<>(before.keySet());
    names.addAll(after.keySet());
    for (Object name : names) {
      compare(
          path.isEmpty() ? name.toString() : path + "." + name, before.get(name), after.get(name));
    }
  }

  private static Map<String, Object> byKey(String path, List<?> list) {
    Map<String, Object> elements = new LinkedHashMap<>();
    for (Object element : list) {
      if (element instanceof Map<?, ?> members) {
        elements.put(String.valueOf(members.get(IDENTITIES.get(path))), element);
      }
    }
    return elements;
  }
}
