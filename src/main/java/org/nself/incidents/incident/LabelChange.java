package org.nself.incidents.incident;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What to do with an incident's labels. */
sealed interface LabelChange {

  record Keep() implements LabelChange {}

  /** All of them become these. */
  record Replace(Map<String, String> labels) implements LabelChange {}

  /** A JSON Merge Patch (RFC 7396) of the object: these are set, those removed, the others stay. */
  record Merge(Map<String, String> set, Set<String> removed) implements LabelChange {}

  default Map<String, String> appliedTo(Map<String, String> before) {
    return switch (this) {
      case Keep() -> before;
      case Replace(Map<String, String> labels) -> labels;
      case Merge(Map<String, String> set, Set<String> removed) -> {
        Map<String, String> after = new TreeMap<>(before);
        after.keySet().removeAll(removed);
        after.putAll(set);
        yield after;
      }
    };
  }
}
