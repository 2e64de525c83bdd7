package org.nself.incidents.expression;

import java.io.Serial;

/**
 * An expression that has no value here: a member is missing, a type does not fit, it takes too
 * long, a secret is not set. The message never holds a secret's value.
 */
public final class ExpressionFailure extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  ExpressionFailure(String message) {
    super(message);
  }
}
