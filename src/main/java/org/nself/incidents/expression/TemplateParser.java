package org.nself.incidents.expression;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes a template apart: what stands as it is, and what is CEL. An expression ends at the brace
 * that matches its first, so it may hold braces itself, and any character in its string literals.
 */
final class TemplateParser {

  /** A part of a template. */
  sealed interface Part {}

  /** A part that stands as it is. */
  record Literal(String text) implements Part {}

  /** A part that is to be evaluated. */
  record Cel(String text, SourcePosition place) implements Part {}

  private static final List<String> QUOTES = List.of("\"\"\"", "'''", "\"", "'");

  private final String text;
  private int at;

  private TemplateParser(String text) {
    this.text = text;
  }

  static List<Part> parts(String text) {
    return new TemplateParser(text).parts();
  }

  private List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    while (at < text.length()) {
      if (text.startsWith("$${", at)) {
        literal.append("${");
        at += 3;
      } else if (text.startsWith("${", at)) {
        if (!literal.isEmpty()) {
          parts.add(new Literal(literal.toString()));
          literal.setLength(0);
        }
        int start = at + 2;
        at = start;
        int end = end();
        parts.add(new Cel(text.substring(start, end), SourcePosition.of(text, start)));
        at = end + 1;
      } else {
        literal.append(text.charAt(at++));
      }
    }
    if (!literal.isEmpty()) {
      parts.add(new Literal(literal.toString()));
    }
    return parts;
  }

  /** Where the brace is that closes the expression that begins here. */
  private int end() {
    SourcePosition opened = SourcePosition.of(text, at - 2);
    int depth = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '}' && depth == 0) {
        return at;
      }
      if (c == '"' || c == '\'') {
        skipString();
      } else if (text.startsWith("//", at)) {
        skipComment();
      } else {
        depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        at++;
      }
    }
    throw new InvalidExpression(
        "${ is not closed" + opened + "; write $${ where it is to stand as it is");
  }

  private void skipString() {
    String quote = QUOTES.stream().filter(q -> text.startsWith(q, at)).findFirst().orElseThrow();
    boolean raw = isRaw();
    at += quote.length();
    while (at < text.length() && !text.startsWith(quote, at)) {
      at += !raw && text.charAt(at) == '\\' ? 2 : 1;
    }
    at = Math.min(text.length(), at + quote.length());
  }

  /** Whether what begins here is prefixed as raw: r, or r and b in any order. */
  private boolean isRaw() {
    for (int before = at - 1; before >= Math.max(0, at - 2); before--) {
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
    int newline = text.indexOf('\n', at);
    at = newline < 0 ? text.length() : newline;
  }
}
