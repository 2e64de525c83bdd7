package org.nself.incidents.expression;

import org.jspecify.annotations.Nullable;

/** A compiled condition. */
public final class Condition {

  private final Expression expression;
  private final Secrets secrets;

  Condition(Expression expression, Secrets secrets) {
    this.expression = expression;
    this.secrets = secrets;
  }

  /**
   * @throws ExpressionFailure if the result is neither true nor false
   */
  public boolean evaluate(EvaluationContext context) {
    @Nullable Object value;
    try {
      value =
          expression.evaluate(
              new Variables(context),
              name -> {
                throw new ExpressionFailure("a condition cannot use secret()");
              });
    } catch (ExpressionFailure e) {
      // The message can quote the output of a step.
      throw new ExpressionFailure(secrets.mask(String.valueOf(e.getMessage())));
    }
    if (value instanceof Boolean result) {
      return result;
    }
    throw new ExpressionFailure("must be true or false, but is neither");
  }

  public References references() {
    return expression.references();
  }
}
