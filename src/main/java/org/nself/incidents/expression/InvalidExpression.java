package org.nself.incidents.expression;

import java.io.Serial;

/** A text that is no expression or no template. The message says what and where. */
public final class InvalidExpression extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  InvalidExpression(String message) {
    super(message);
  }
}
