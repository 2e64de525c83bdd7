package org.nself.incidents.expression;

import dev.cel.common.CelSourceLocation;

/**
 * A place in a text.
 *
 * @param line from 1
 * @param column from 1, in characters
 */
record Place(int line, int column) {

  static final Place START = new Place(1, 1);

  /** The place of an offset in a text. */
  static Place of(String text, int offset) {
    String before = text.substring(0, offset);
    int start = before.lastIndexOf('\n') + 1;
    return new Place(
        1 + (int) before.chars().filter(c -> c == '\n').count(),
        1 + before.codePointCount(start, before.length()));
  }

  /** A place in an expression that begins here. */
  Place plus(CelSourceLocation inside) {
    return inside.getLine() < 1
        ? this
        : new Place(
            line + inside.getLine() - 1, (inside.getLine() == 1 ? column : 1) + inside.getColumn());
  }

  /** To follow a sentence. */
  @Override
  public String toString() {
    return " (line " + line + ", column " + column + ")";
  }
}
