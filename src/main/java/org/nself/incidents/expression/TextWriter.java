package org.nself.incidents.expression;

import org.nself.incidents.expression.Template.Rendered;

/** Collects a rendered template and its redacted form. */
class TextWriter {

  final StringBuilder text = new StringBuilder();
  final StringBuilder redacted = new StringBuilder();

  /** Appends text of the template. */
  void literal(String literal) {
    text.append(literal);
    redacted.append(literal);
  }

  /**
   * Appends the value of an expression.
   *
   * @throws ExpressionFailure if it cannot be inserted here
   */
  void value(String value, String redactedValue) {
    text.append(value);
    redacted.append(redactedValue);
  }

  /** Appends a value of which only the redacted form is known. */
  void unknown(String redactedValue) {
    value(redactedValue, redactedValue);
  }

  final void checkLength() {
    if (text.length() > Template.MAX_RENDERED || redacted.length() > Template.MAX_RENDERED) {
      throw new ExpressionFailure(
          "renders to more than %,d characters".formatted(Template.MAX_RENDERED));
    }
  }

  /**
   * @throws ExpressionFailure if the whole is not valid
   */
  Rendered finish() {
    return new Rendered(text.toString(), redacted.toString());
  }
}
