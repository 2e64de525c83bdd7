package org.nself.incidents.expression;

import java.util.HashMap;
import java.util.Map;

/** A scope as CEL sees it. What an expression does not name is not converted. */
final class Variables {

  private final EvaluationContext scope;
  private final Map<String, Object> converted = new HashMap<>();
  private final Map<String, Integer> sizes = new HashMap<>();

  Variables(EvaluationContext scope) {
    this.scope = scope;
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
                  case CelCompilerFacade.INCIDENT -> scope.incident().get();
                  case CelCompilerFacade.INPUTS -> scope.inputs().get();
                  default -> scope.steps().get();
                }));
  }

  /** How large a variable is; the interpreter copies it wherever it is named. */
  int size(String name) {
    return sizes.computeIfAbsent(name, _ -> EvaluationBudget.size(get(name), Integer.MAX_VALUE));
  }
}
