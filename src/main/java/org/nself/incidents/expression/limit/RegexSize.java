package org.nself.incidents.expression.limit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Estimates the size of a compiled regular expression before it is compiled: nested repetitions
 * such as <code>((a{1000}){1000}){1000}</code> would exhaust the memory.
 */
public final class RegexSize {

  private static final Pattern REPETITION =
      Pattern.compile("\\{([0-9]{1,9})(?:,([0-9]{1,9})?)?\\}");
  private static final long MAX = 1_000_000_000;

  /** A pattern of more instructions is not compiled. */
  private static final long MAX_COMPILED = 5_000;

  private final String regex;
  private final Deque<Long> outer = new ArrayDeque<>();
  private long total;

  /** The size of the last atom, which a repetition multiplies. */
  private long last;

  private int position;

  /** Whether the rest of the pattern has no end of a named class. */
  private boolean noPosix;

  private RegexSize(String regex) {
    this.regex = regex;
  }

  /** Returns about how many instructions it has, at least where it has many. */
  public static long of(String regex) {
    return new RegexSize(regex).scan();
  }

  /** Whether the pattern is too large to be compiled. */
  public static boolean isTooLarge(String regex) {
    return of(regex) > MAX_COMPILED;
  }

  private long scan() {
    Matcher repetition = REPETITION.matcher(regex);
    while (position < regex.length()) {
      char c = regex.charAt(position);
      switch (c) {
        case '\\' -> skipEscape();
        case '[' -> {
          skipClass();
          atom(1);
        }
        case '(' -> {
          outer.push(total);
          total = 0;
          position++;
        }
        case ')' -> {
          long group = total + 2;
          total = outer.isEmpty() ? 0 : outer.pop();
          atom(group);
          position++;
        }
        case '{' -> {
          if (repetition.region(position, regex.length()).lookingAt()) {
            long count = Long.parseLong(repetition.group(1));
            if (repetition.group(2) != null) {
              count = Math.max(count, Long.parseLong(repetition.group(2)));
            }
            total -= last;
            atom(Math.min(MAX, last * Math.max(1, count)));
            position = repetition.end();
          } else {
            atom(1);
            position++;
          }
        }
        default -> {
          atom(1);
          position++;
        }
      }
    }
    for (long size : outer) {
      total = Math.min(MAX, total + size);
    }
    return total;
  }

  private void atom(long size) {
    last = size;
    total = Math.min(MAX, total + size);
  }

  private void skipEscape() {
    if (regex.startsWith("\\Q", position)) {
      int end = regex.indexOf("\\E", position);
      int stop = end < 0 ? regex.length() : end;
      total = Math.min(MAX, total + stop - position);
      last = 1;
      position = end < 0 ? stop : stop + 2;
    } else {
      atom(1);
      position += 2;
    }
  }

  private void skipClass() {
    position++;
    if (regex.startsWith("^", position)) {
      position++;
    }
    boolean first = true;
    while (position < regex.length() && (first || regex.charAt(position) != ']')) {
      first = false;
      int posix = -1;
      if (!noPosix && regex.startsWith("[:", position)) {
        posix = regex.indexOf(":]", position + 2);
        noPosix = posix < 0;
      }
      position = posix >= 0 ? posix + 2 : position + (regex.charAt(position) == '\\' ? 2 : 1);
    }
    position++;
  }
}
