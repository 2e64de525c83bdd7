package org.nself.incidents.expression;

import java.io.Serial;

/** A text that is not a valid expression or template. The message has the reason and position. */
public final class InvalidExpression extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  InvalidExpression(String message) {
    super(message);
  }
}
