package org.nself.incidents.expression;

import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What an expression can see. Values are JSON's: maps, lists, texts, numbers, booleans, null. Each
 * is asked for when an expression names it, and not before: most name few.
 *
 * @param incident as REST writes it; gives null where there is none
 * @param inputs by name
 * @param steps by key: {@code status} and {@code output}
 */
public record EvaluationContext(
    Supplier<? extends @Nullable Map<String, ? extends @Nullable Object>> incident,
    Supplier<? extends Map<String, ? extends @Nullable Object>> inputs,
    Supplier<? extends Map<String, ? extends Map<String, ? extends @Nullable Object>>> steps) {

  /** Of what is known already. */
  public EvaluationContext(
      @Nullable Map<String, ? extends @Nullable Object> incident,
      Map<String, ? extends @Nullable Object> inputs,
      Map<String, ? extends Map<String, ? extends @Nullable Object>> steps) {
    this(() -> incident, () -> inputs, () -> steps);
  }
}
