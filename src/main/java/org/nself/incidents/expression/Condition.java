package org.nself.incidents.expression;

/** A condition, compiled. */
public final class Condition {

  Condition() {}

  /**
   * @throws ExpressionFailure where it is neither true nor false
   */
  public boolean holds(Scope scope) {
    throw new ExpressionFailure("not yet: " + scope);
  }
}
