package org.nself.incidents.expression;

import java.util.HashMap;
import java.util.Map;

/** A scope as CEL sees it. What an expression does not name is not converted. */
final class Variables {

  private final Scope scope;
  private final Map<String, Object> converted = new HashMap<>();
  private final Map<String, Integer> sizes = new HashMap<>();

  Variables(Scope scope) {
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
            Values.toCel(
                switch (name) {
                  case Cel.INCIDENT -> scope.incident().get();
                  case Cel.INPUTS -> scope.inputs().get();
                  default -> scope.steps().get();
                }));
  }

  /** How large a variable is; the interpreter copies it wherever it is named. */
  int size(String name) {
    return sizes.computeIfAbsent(name, _ -> Work.size(get(name), Integer.MAX_VALUE));
  }
}
