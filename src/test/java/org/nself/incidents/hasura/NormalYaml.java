package org.nself.incidents.hasura;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes YAML in the format of Hasura's CLI: two spaces, multi-line texts as blocks. */
final class NormalYaml {

  /** Text that needs no quotes. */
  private static final Pattern PLAIN =
      Pattern.compile("(?!(?:true|false|null|yes|no|on|off)$)[A-Za-z$/][A-Za-z0-9_./$-]*");

  private NormalYaml() {}

  static String write(@Nullable Object document) {
    StringBuilder text = new StringBuilder();
    switch (document) {
      case Map<?, ?> map when !map.isEmpty() -> map(text, map, "");
      case List<?> list when !list.isEmpty() -> list(text, list, "");
      case null, default -> text.append(scalar(document)).append('\n');
    }
    return text.toString();
  }

  private static void map(StringBuilder text, Map<?, ?> map, String indent) {
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      text.append(first ? "" : indent).append(entry.getKey()).append(':');
      first = false;
      switch (entry.getValue()) {
        case Map<?, ?> nested when !nested.isEmpty() -> {
          text.append('\n').append(indent).append("  ");
          map(text, nested, indent + "  ");
        }
        case List<?> nested when !nested.isEmpty() -> {
          text.append('\n').append(indent).append("  ");
          list(text, nested, indent + "  ");
        }
        case String lines when lines.contains("\n") -> block(text, lines, indent + "  ");
        case null, default -> text.append(' ').append(scalar(entry.getValue())).append('\n');
      }
    }
  }

  private static void list(StringBuilder text, List<?> list, String indent) {
    boolean first = true;
    for (Object item : list) {
      text.append(first ? "" : indent).append("- ");
      first = false;
      if (item instanceof Map<?, ?> nested && !nested.isEmpty()) {
        map(text, nested, indent + "  ");
      } else {
        text.append(scalar(item)).append('\n');
      }
    }
  }

  private static void block(StringBuilder text, String lines, String indent) {
    text.append(lines.endsWith("\n") ? " |\n" : " |-\n");
    lines.lines().forEach(line -> text.append(indent).append(line).append('\n'));
  }

  private static String scalar(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> empty -> "{}";
      case List<?> empty -> "[]";
      case String text when PLAIN.matcher(text).matches() -> text;
      case String text -> '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
      case null, default -> String.valueOf(value);
    };
  }
}
