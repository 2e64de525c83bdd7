package org.nself.incidents.expression.function;

import org.jspecify.annotations.Nullable;

/**
 * What a function of an expression may cost. The functions of {@link ExtensionFunctions} whose
 * result can be much longer than their arguments, or that take more than linear time, charge for it
 * before they run; others are charged after they ran once.
 */
public interface FunctionBudget {

  /** For each item of a list that a function makes. */
  long ITEM_COST = 40;

  /**
   * Charges work.
   *
   * @param units of about one nanosecond
   * @throws RuntimeException if the budget does not suffice
   */
  void charge(long units);

  /**
   * Charges a value that is about to be made.
   *
   * @param size the number of its characters and items
   * @throws RuntimeException if it is too large, or the budget does not suffice
   */
  void chargeValue(long size);

  /** The number of characters and items in a value. */
  long size(@Nullable Object value);
}
