package org.nself.incidents.runbook.definition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds cycles in the dependencies of steps. */
final class CycleDetector {

  private CycleDetector() {}

  /**
   * Returns the keys of a cycle, in which each step depends on the next and the last on the first;
   * empty if there is none. Every key in {@code after} must be that of a step.
   */
  static List<String> findCycle(List<Step> steps) {
    Map<String, List<String>> remaining = new HashMap<>();
    steps.forEach(step -> remaining.put(step.key(), step.dependsOn()));
    // Steps without unfinished dependencies are removed repeatedly; what remains leads to a cycle.
    Set<String> finished = new HashSet<>();
    boolean changed = true;
    while (changed) {
      changed = remaining.entrySet().removeIf(step -> finished.containsAll(step.getValue()));
      for (Step step : steps) {
        if (!remaining.containsKey(step.key())) {
          finished.add(step.key());
        }
      }
    }
    if (remaining.isEmpty()) {
      return List.of();
    }
    List<String> path = new ArrayList<>();
    String key = remaining.keySet().iterator().next();
    while (!path.contains(key)) {
      path.add(key);
      key =
          remaining.getOrDefault(key, List.of()).stream()
              .filter(remaining::containsKey)
              .findFirst()
              .orElseThrow();
    }
    return List.copyOf(path.subList(path.indexOf(key), path.size()));
  }
}
