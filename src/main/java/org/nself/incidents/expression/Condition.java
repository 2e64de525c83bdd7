package org.nself.incidents.expression;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
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
    if (value(context) instanceof Boolean result) {
      return result;
    }
    throw new ExpressionFailure("must be true or false, but is neither");
  }

  /**
   * Evaluates what to wait for.
   *
   * @return {@link Instant#MIN} if it holds now, {@link Instant#MAX} if it does not, else the
   *     moment that it names
   * @throws ExpressionFailure if the result is neither true nor false nor a timestamp
   */
  public Instant evaluateMoment(EvaluationContext context) {
    @Nullable Object value = value(context);
    if (value instanceof Boolean result) {
      return result ? Instant.MIN : Instant.MAX;
    }
    if (value instanceof String text) {
      try {
        return OffsetDateTime.parse(text).toInstant();
      } catch (DateTimeException e) {
        // Reported below.
      }
    }
    throw new ExpressionFailure("must be true, false or a timestamp, but is none of them");
  }

  private @Nullable Object value(EvaluationContext context) {
    Variables variables = new Variables(context);
    variables.load(expression.references());
    return pool.<@Nullable Object>run(
        context.account(),
        () ->
            expression.evaluate(
                variables,
                name -> {
                  throw new ExpressionFailure("a condition cannot use secret()");
                }));
  }

  /** What of it can never hold or always fails; null if nothing is known. */
  public @Nullable String error() {
    return expression.fault();
  }

  public References references() {
    return expression.references();
  }
}
