package org.nself.incidents.expression;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluation contexts of the tests. */
final class Contexts {

  private Contexts() {}

  /** With values of every class that callers use. */
  static EvaluationContext full() {
    Map<String, @Nullable Object> incident = new HashMap<>();
    incident.put("number", 7);
    incident.put("severity", "critical");
    incident.put("owner", null);
    incident.put("services", List.of("db", "checkout"));
    incident.put("labels", Map.of("team", "payments"));
    Map<String, @Nullable Object> output = new HashMap<>();
    output.put("lag", new BigDecimal("2.5"));
    output.put("replicas", 3L);
    output.put("leader", null);
    output.put("hosts", List.of(Map.of("name", "a"), Map.of("name", "b")));
    return new EvaluationContext(
        "primary",
        incident,
        Map.of("service", "checkout", "back", 2L, "hard", true),
        Map.of(
            "check",
            Map.of("status", "succeeded", "output", output),
            "skip",
            Map.of("status", "skipped")));
  }

  /** With one input of this value. */
  static EvaluationContext input(Object value) {
    return new EvaluationContext("primary", null, Map.of("x", value), Map.of());
  }
}
