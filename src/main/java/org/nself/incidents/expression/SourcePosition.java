package org.nself.incidents.expression;

import dev.cel.common.CelSourceLocation;

/**
 * A place in a text.
 *
 * @param line from 1
 * @param column from 1, in characters
 */
record SourcePosition(int line, int column) {

  static final SourcePosition START = new SourcePosition(1, 1);

  /** The place of an offset in a text. */
  static SourcePosition of(String text, int offset) {
    String before = text.substring(0, offset);
    int start = before.lastIndexOf('\n') + 1;
    return new SourcePosition(
        1 + (int) before.chars().filter(c -> c == '\n').count(),
        1 + before.codePointCount(start, before.length()));
  }

  /** A place in an expression that begins here. */
  SourcePosition plus(CelSourceLocation inside) {
    return inside.getLine() < 1
        ? this
        : new SourcePosition(
            line + inside.getLine() - 1, (inside.getLine() == 1 ? column : 1) + inside.getColumn());
  }

  /** To follow a sentence. */
  @Override
  public String toString() {
    return " (line " + line + ", column " + column + ")";
  }
}
