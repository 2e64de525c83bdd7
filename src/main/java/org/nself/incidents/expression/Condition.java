package org.nself.incidents.expression;

import org.jspecify.annotations.Nullable;

/** A compiled condition. */
public final class Condition {

  private final Expression expression;

  Condition(Expression expression) {
    this.expression = expression;
  }

  /**
   * @throws ExpressionFailure if the result is neither true nor false
   */
  public boolean evaluate(EvaluationContext context) {
    @Nullable Object value =
        expression.evaluate(
            new Variables(context),
            name -> {
              throw new ExpressionFailure("a condition cannot use secret()");
            });
    if (value instanceof Boolean result) {
      return result;
    }
    throw new ExpressionFailure("must be true or false, but is neither");
  }

  public References references() {
    return expression.references();
  }
}
