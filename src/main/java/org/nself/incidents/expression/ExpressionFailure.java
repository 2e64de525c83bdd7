package org.nself.incidents.expression;

import java.io.Serial;

/**
 * Evaluating an expression failed: a member is missing, a type does not match, the budget is
 * exceeded, or a secret is not set. The message never contains a secret's value.
 */
public final class ExpressionFailure extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  public ExpressionFailure(String message) {
    super(message);
  }
}
