package org.nself.incidents.expression;

import org.jspecify.annotations.Nullable;

/** A condition, compiled. */
public final class Condition {

  private final Expression expression;
  private final Secrets secrets;

  Condition(Expression expression, Secrets secrets) {
    this.expression = expression;
    this.secrets = secrets;
  }

  /**
   * @throws ExpressionFailure where it is neither true nor false
   */
  public boolean evaluate(EvaluationContext scope) {
    @Nullable Object value;
    try {
      value =
          expression.evaluate(
              new Variables(scope),
              name -> {
                throw new ExpressionFailure("a condition has no secrets");
              });
    } catch (ExpressionFailure e) {
      // A message may quote a step's output.
      throw new ExpressionFailure(secrets.mask(String.valueOf(e.getMessage())));
    }
    if (value instanceof Boolean holds) {
      return holds;
    }
    throw new ExpressionFailure("must be true or false, and is something else");
  }

  public References references() {
    return expression.references();
  }
}
