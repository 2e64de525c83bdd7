package org.nself.incidents.expression;

import java.util.HashMap;
import java.util.Map;

/** Converts an evaluation context for CEL; variables that no expression names are skipped. */
final class Variables {

  private final EvaluationContext context;
  private final Map<String, Object> converted = new HashMap<>();
  private final Map<String, Integer> sizes = new HashMap<>();

  Variables(EvaluationContext context) {
    this.context = context;
  }

  Map<String, Object> of(References references) {
    references.variables().forEach(this::get);
    return converted;
  }

  private Object get(String name) {
    return converted.computeIfAbsent(
        name,
        _ ->
            CelValues.toCel(
                switch (name) {
                  case CelCompilerFacade.INCIDENT -> context.incident().get();
                  case CelCompilerFacade.INPUTS -> context.inputs().get();
                  default -> context.steps().get();
                }));
  }

  /** The size of a variable, which the interpreter copies wherever it is named. */
  int size(String name) {
    return sizes.computeIfAbsent(name, _ -> EvaluationBudget.size(get(name), Integer.MAX_VALUE));
  }
}
