package org.nself.incidents.expression;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What was compiled lately, by its text. Bounded by the length of the texts, because that is what a
 * compiled one's size goes by.
 */
final class CompilationCache<T> {

  private static final int MAX_CHARACTERS = 256 * 1024;

  private final Map<String, T> recent = new LinkedHashMap<>(16, 0.75f, true);
  private int characters;

  T get(String text, Function<String, T> compile) {
    synchronized (recent) {
      @Nullable T known = recent.get(text);
      if (known != null) {
        return known;
      }
    }
    T compiled = compile.apply(text);
    synchronized (recent) {
      if (recent.putIfAbsent(text, compiled) == null) {
        characters += text.length();
      }
      Iterator<String> oldest = recent.keySet().iterator();
      while (characters > MAX_CHARACTERS && oldest.hasNext()) {
        characters -= oldest.next().length();
        oldest.remove();
      }
    }
    return compiled;
  }
}
