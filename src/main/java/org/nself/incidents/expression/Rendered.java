package org.nself.incidents.expression;

/**
 * A rendered template.
 *
 * @param text the text with the values of secrets, to be sent only
 * @param redactedText the text with <code>${secret("NAME")}</code> in place of each secret, to be
 *     stored, logged and returned
 */
public record Rendered(String text, String redactedText) {

  /** Without the secrets, in case the record is logged. */
  @Override
  public String toString() {
    return "Rendered[" + redactedText + "]";
  }
}
