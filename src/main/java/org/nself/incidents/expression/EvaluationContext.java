package org.nself.incidents.expression;

import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The variables of an expression. Values are those of JSON: maps, lists, strings, numbers, booleans
 * and null. A variable is computed only when an expression names it, because most name few.
 *
 * @param account whose secrets templates can use
 * @param budget charged for each evaluation
 * @param now the same for all expressions of a pass
 * @param incident as in a REST response; supplies null if there is no incident
 * @param inputs by name
 * @param steps by key: {@code status} and {@code output}
 */
public record EvaluationContext(
    String account,
    WorkBudget budget,
    Instant now,
    Supplier<? extends @Nullable Map<String, ? extends @Nullable Object>> incident,
    Supplier<? extends Map<String, ? extends @Nullable Object>> inputs,
    Supplier<? extends Map<String, ? extends Map<String, ? extends @Nullable Object>>> steps) {

  /** A context of now with a budget of its own, whose values are already computed. */
  public EvaluationContext(
      String account,
      @Nullable Map<String, ? extends @Nullable Object> incident,
      Map<String, ? extends @Nullable Object> inputs,
      Map<String, ? extends Map<String, ? extends @Nullable Object>> steps) {
    this(account, new WorkBudget(), incident, inputs, steps);
  }

  /** A context of now, whose values are already computed. */
  public EvaluationContext(
      String account,
      WorkBudget budget,
      @Nullable Map<String, ? extends @Nullable Object> incident,
      Map<String, ? extends @Nullable Object> inputs,
      Map<String, ? extends Map<String, ? extends @Nullable Object>> steps) {
    this(account, budget, Instant.now(), () -> incident, () -> inputs, () -> steps);
  }
}
