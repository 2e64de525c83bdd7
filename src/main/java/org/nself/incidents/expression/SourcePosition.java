package org.nself.incidents.expression;

import dev.cel.common.CelSourceLocation;

/**
 * A position in a text.
 *
 * @param line from 1
 * @param column from 1, in characters
 */
record SourcePosition(int line, int column) {

  static final SourcePosition START = new SourcePosition(1, 1);

  /** The position of an offset in a text. */
  static SourcePosition of(String text, int offset) {
    String before = text.substring(0, offset);
    int start = before.lastIndexOf('\n') + 1;
    return new SourcePosition(
        1 + (int) before.chars().filter(c -> c == '\n').count(),
        1 + before.codePointCount(start, before.length()));
  }

  /** The position in the text of a position in an expression that starts here. */
  SourcePosition plus(CelSourceLocation location) {
    return location.getLine() < 1
        ? this
        : new SourcePosition(
            line + location.getLine() - 1,
            (location.getLine() == 1 ? column : 1) + location.getColumn());
  }

  /** Formatted to be appended to a message. */
  @Override
  public String toString() {
    return " (line " + line + ", column " + column + ")";
  }
}
