package org.nself.incidents.expression;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts an evaluation context for CEL; variables that no expression names are skipped. */
final class Variables {

  private final EvaluationContext context;
  private final Map<String, @Nullable Object> raw = new HashMap<>();
  private final Map<String, Object> converted = new HashMap<>();
  private final Map<String, Integer> sizes = new HashMap<>();
  private final Map<String, Integer> items = new HashMap<>();

  Variables(EvaluationContext context) {
    this.context = context;
  }

  WorkBudget budget() {
    return context.budget();
  }

  /** Reads what expressions name: it can wait for the database, and evaluating must not. */
  void load(References references) {
    references.variables().forEach(this::raw);
  }

  Map<String, Object> of(References references) {
    references.variables().forEach(this::get);
    return converted;
  }

  private Object get(String name) {
    return converted.computeIfAbsent(
        name,
        _ -> {
          Object value = CelValues.toCel(raw(name));
          // Converting copies the value.
          context.budget().charge(EvaluationBudget.size(value, Integer.MAX_VALUE));
          return value;
        });
  }

  private @Nullable Object raw(String name) {
    if (!raw.containsKey(name)) {
      raw.put(
          name,
          switch (name) {
            case CelCompilerFacade.INCIDENT -> context.incident().get();
            case CelCompilerFacade.INPUTS -> context.inputs().get();
            case CelCompilerFacade.NOW -> context.now();
            default -> context.steps().get();
          });
    }
    return raw.get(name);
  }

  /** The size of a variable, which the interpreter copies wherever it is named. */
  int size(String name) {
    return sizes.computeIfAbsent(name, _ -> EvaluationBudget.size(get(name), Integer.MAX_VALUE));
  }

  /** The number of items in a variable, which the interpreter visits wherever a member is read. */
  int items(String name) {
    return items.computeIfAbsent(name, _ -> EvaluationBudget.items(get(name), Integer.MAX_VALUE));
  }
}
