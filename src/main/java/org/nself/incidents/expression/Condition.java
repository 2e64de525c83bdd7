package org.nself.incidents.expression;

import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.limit.ExpressionPool;

/** A compiled condition. */
public final class Condition {

  private final Expression expression;
  private final ExpressionPool pool;

  Condition(Expression expression, ExpressionPool pool) {
    this.pool = pool;
    this.expression = expression;
  }

  /**
   * @throws ExpressionFailure if the result is neither true nor false
   */
  public boolean evaluate(EvaluationContext context) {
    Variables variables = new Variables(context);
    variables.load(expression.references());
    @Nullable Object value =
        pool.<@Nullable Object>run(
            context.account(),
            () ->
                expression.evaluate(
                    variables,
                    name -> {
                      throw new ExpressionFailure("a condition cannot use secret()");
                    }));
    if (value instanceof Boolean result) {
      return result;
    }
    throw new ExpressionFailure("must be true or false, but is neither");
  }

  /** What of it can never hold or always fails; null if nothing is known. */
  public @Nullable String fault() {
    return expression.fault();
  }

  public References references() {
    return expression.references();
  }
}
