package org.nself.incidents.expression;

/**
 * A template filled in.
 *
 * @param text what to use
 * @param redactedText the same with <code>${secret("NAME")}</code> in place of each secret; nothing
 *     but this is to be stored, logged or told
 */
public record Rendered(String text, String redactedText) {

  /** Without the secrets, because records are easily logged. */
  @Override
  public String toString() {
    return "Rendered[" + redactedText + "]";
  }
}
