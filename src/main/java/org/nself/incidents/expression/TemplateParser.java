package org.nself.incidents.expression;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a template into literal text and CEL expressions. An expression ends at the matching
 * brace, so it can contain braces itself, and any character in its string literals and comments.
 */
final class TemplateParser {

  /** A part of a template. */
  sealed interface Part {}

  /** Literal text. */
  record Literal(String text) implements Part {}

  /** An expression to evaluate. */
  record ExpressionPart(String source, SourcePosition start) implements Part {}

  private static final List<String> QUOTES = List.of("\"\"\"", "'''", "\"", "'");

  private final String text;
  private int position;

  private TemplateParser(String text) {
    this.text = text;
  }

  static List<Part> parse(String text) {
    return new TemplateParser(text).parse();
  }

  private List<Part> parse() {
    List<Part> parts = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    while (position < text.length()) {
      if (text.startsWith("$${", position)) {
        literal.append("${");
        position += 3;
      } else if (text.startsWith("${", position)) {
        if (!literal.isEmpty()) {
          parts.add(new Literal(literal.toString()));
          literal.setLength(0);
        }
        int start = position + 2;
        position = start;
        int end = findEnd();
        parts.add(new ExpressionPart(text.substring(start, end), SourcePosition.of(text, start)));
        position = end + 1;
      } else {
        literal.append(text.charAt(position++));
      }
    }
    if (!literal.isEmpty()) {
      parts.add(new Literal(literal.toString()));
    }
    return parts;
  }

  /** Returns the offset of the brace that closes the expression that starts here. */
  private int findEnd() {
    SourcePosition opened = SourcePosition.of(text, position - 2);
    int depth = 0;
    while (position < text.length()) {
      char c = text.charAt(position);
      if (c == '}' && depth == 0) {
        return position;
      }
      if (c == '"' || c == '\'') {
        skipString();
      } else if (text.startsWith("//", position)) {
        skipComment();
      } else {
        depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        position++;
      }
    }
    throw new InvalidExpression("${ is not closed" + opened + "; write $${ for a literal ${");
  }

  private void skipString() {
    String quote =
        QUOTES.stream().filter(q -> text.startsWith(q, position)).findFirst().orElseThrow();
    boolean raw = isRaw();
    position += quote.length();
    while (position < text.length() && !text.startsWith(quote, position)) {
      position += !raw && text.charAt(position) == '\\' ? 2 : 1;
    }
    position = Math.min(text.length(), position + quote.length());
  }

  /** Whether the string literal here has a raw prefix: r, or r and b in any order. */
  private boolean isRaw() {
    for (int before = position - 1; before >= Math.max(0, position - 2); before--) {
      char c = Character.toLowerCase(text.charAt(before));
      if (c == 'r') {
        return before == 0
            || !Character.isLetterOrDigit(text.charAt(before - 1))
            || isB(before - 1);
      }
      if (c != 'b') {
        return false;
      }
    }
    return false;
  }

  private boolean isB(int index) {
    return Character.toLowerCase(text.charAt(index)) == 'b'
        && (index == 0 || !Character.isLetterOrDigit(text.charAt(index - 1)));
  }

  private void skipComment() {
    int newline = text.indexOf('\n', position);
    position = newline < 0 ? text.length() : newline;
  }
}
