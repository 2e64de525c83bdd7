package org.nself.incidents.runbook.definition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds steps that wait for each other. */
final class CycleDetector {

  private CycleDetector() {}

  /**
   * Steps of which each waits for the next, and the last for the first; empty where there are none.
   * Every key in {@code after} must be that of a step.
   */
  static List<String> in(List<Step> steps) {
    Map<String, List<String>> waiting = new HashMap<>();
    steps.forEach(step -> waiting.put(step.key(), step.dependsOn()));
    // What can be done is taken away until nothing changes; what stays leads into a circle.
    Set<String> done = new HashSet<>();
    boolean changed = true;
    while (changed) {
      changed = waiting.entrySet().removeIf(step -> done.containsAll(step.getValue()));
      for (Step step : steps) {
        if (!waiting.containsKey(step.key())) {
          done.add(step.key());
        }
      }
    }
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<String> path = new ArrayList<>();
    String key = waiting.keySet().iterator().next();
    while (!path.contains(key)) {
      path.add(key);
      key =
          waiting.getOrDefault(key, List.of()).stream()
              .filter(waiting::containsKey)
              .findFirst()
              .orElseThrow();
    }
    return List.copyOf(path.subList(path.indexOf(key), path.size()));
  }
}
