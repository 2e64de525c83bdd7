package org.nself.incidents.expression.function;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.UnsignedLong;
import dev.cel.checker.CelCheckerBuilder;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.CelByteString;
import dev.cel.compiler.CelCompilerLibrary;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelListsExtensions;
import dev.cel.extensions.CelStringExtensions;
import dev.cel.parser.CelParserBuilder;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntimeLibrary;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The extensions of CEL for strings, encoders, math, lists and optional values. The library's own
 * implementations are used where time and result are linear in the arguments. The others are
 * implemented here, because they have to be charged before they run: {@code
 * lists.range(1000000000)} and {@code text.replace('', text)} would exhaust the memory.
 */
public final class ExtensionFunctions {

  /** Those of the library that take time in proportion to their arguments. */
  public static final Set<String> LINEAR =
      Set.of(
          "charAt",
          "substring",
          "lowerAscii",
          "upperAscii",
          "trim",
          "strings.quote",
          "reverse",
          "slice",
          "flatten",
          "sort",
          "@sortByAssociatedKeys",
          "lists.@sortByAssociatedKeys",
          "math.@max",
          "math.@min",
          "optional.unwrap",
          "base64.encode",
          "base64.decode",
          "urlEncode");

  /** For each character of a text that is searched. */
  private static final long READ_COST = 10;

  private static final int CHARACTERS_PER_UNIT = 16;

  /** For each character and item that is hashed. */
  private static final long DISTINCT_COST = 100;

  private static final ScopedValue<FunctionBudget> BUDGET = ScopedValue.newInstance();

  private ExtensionFunctions() {}

  /** Evaluates an expression whose functions charge the budget. */
  public static <T, X extends Throwable> T evaluate(
      FunctionBudget budget, ScopedValue.CallableOp<T, X> evaluation) throws X {
    return ScopedValue.where(BUDGET, budget).call(evaluation);
  }

  public static List<CelCompilerLibrary> compilerLibraries(CelOptions options) {
    return List.of(
        CelExtensions.strings(),
        CelExtensions.encoders(options),
        CelExtensions.math(),
        CelExtensions.lists(
            CelListsExtensions.Function.SLICE,
            CelListsExtensions.Function.FLATTEN,
            CelListsExtensions.Function.RANGE,
            CelListsExtensions.Function.DISTINCT,
            CelListsExtensions.Function.REVERSE,
            CelListsExtensions.Function.SORT),
        new SortBy(),
        CelExtensions.optional());
  }

  public static List<CelRuntimeLibrary> runtimeLibraries(CelOptions options) {
    return List.of(
        CelExtensions.strings(
            CelStringExtensions.Function.CHAR_AT,
            CelStringExtensions.Function.LOWER_ASCII,
            CelStringExtensions.Function.QUOTE,
            CelStringExtensions.Function.REVERSE,
            CelStringExtensions.Function.SUBSTRING,
            CelStringExtensions.Function.TRIM,
            CelStringExtensions.Function.UPPER_ASCII),
        CelExtensions.encoders(options),
        CelExtensions.math(),
        CelExtensions.lists(
            CelListsExtensions.Function.SLICE,
            CelListsExtensions.Function.FLATTEN,
            CelListsExtensions.Function.REVERSE,
            CelListsExtensions.Function.SORT,
            CelListsExtensions.Function.SORT_BY),
        CelExtensions.optional());
  }

  /**
   * The macro {@code sortBy} with a type of its own: the library declares the list of the pairs of
   * key and element as its result, so that {@code list.sortBy(e, e.n)[0].n} would not compile.
   */
  private static final class SortBy implements CelCompilerLibrary {

    @Override
    public void setParserOptions(CelParserBuilder parser) {
      CelExtensions.lists().setParserOptions(parser);
    }

    @Override
    public void setCheckerOptions(CelCheckerBuilder checker) {
      checker.addFunctionDeclarations(
          CelFunctionDecl.newFunctionDeclaration(
              "lists.@sortByAssociatedKeys",
              CelOverloadDecl.newGlobalOverload(
                  "list_sortByAssociatedKeys",
                  ListType.create(SimpleType.DYN),
                  ListType.create(ListType.create(SimpleType.DYN)))));
    }
  }

  /** Of the functions that are not the library's. */
  public static final ImmutableSet<CelFunctionBinding> BINDINGS =
      ImmutableSet.<CelFunctionBinding>builder()
          .addAll(
              CelFunctionBinding.fromOverloads(
                  "indexOf",
                  CelFunctionBinding.from(
                      "string_index_of_string",
                      String.class,
                      String.class,
                      (text, part) -> indexOf(text, part, 0)),
                  CelFunctionBinding.from(
                      "string_index_of_string_int",
                      ImmutableList.of(String.class, String.class, Long.class),
                      args -> indexOf((String) args[0], (String) args[1], (Long) args[2]))))
          .addAll(
              CelFunctionBinding.fromOverloads(
                  "lastIndexOf",
                  CelFunctionBinding.from(
                      "string_last_index_of_string",
                      String.class,
                      String.class,
                      (text, part) -> lastIndexOf(text, part, Long.MAX_VALUE)),
                  CelFunctionBinding.from(
                      "string_last_index_of_string_int",
                      ImmutableList.of(String.class, String.class, Long.class),
                      args ->
                          lastIndexOf(
                              (String) args[0],
                              (String) args[1],
                              requireOffset((String) args[0], (Long) args[2])))))
          .addAll(
              CelFunctionBinding.fromOverloads(
                  "replace",
                  CelFunctionBinding.from(
                      "string_replace_string_string",
                      ImmutableList.of(String.class, String.class, String.class),
                      args -> replace((String) args[0], (String) args[1], (String) args[2], -1)),
                  CelFunctionBinding.from(
                      "string_replace_string_string_int",
                      ImmutableList.of(String.class, String.class, String.class, Long.class),
                      args ->
                          replace(
                              (String) args[0],
                              (String) args[1],
                              (String) args[2],
                              (Long) args[3]))))
          .addAll(
              CelFunctionBinding.fromOverloads(
                  "split",
                  CelFunctionBinding.from(
                      "string_split_string",
                      String.class,
                      String.class,
                      (text, separator) -> split(text, separator, -1)),
                  CelFunctionBinding.from(
                      "string_split_string_int",
                      ImmutableList.of(String.class, String.class, Long.class),
                      args -> split((String) args[0], (String) args[1], (Long) args[2]))))
          .addAll(
              CelFunctionBinding.fromOverloads(
                  "join",
                  CelFunctionBinding.from("list_join", List.class, list -> join(list, "")),
                  CelFunctionBinding.from(
                      "list_join_string", List.class, String.class, ExtensionFunctions::join)))
          .addAll(
              CelFunctionBinding.fromOverloads(
                  "lists.range",
                  CelFunctionBinding.from("lists_range", Long.class, ExtensionFunctions::range)))
          .addAll(
              CelFunctionBinding.fromOverloads(
                  "distinct",
                  CelFunctionBinding.from(
                      "list_distinct", Collection.class, ExtensionFunctions::distinct)))
          .build();

  /** Charges a search: in the worst case each character is compared with each of the part. */
  private static void chargeSearch(String text, String part) {
    BUDGET
        .get()
        .charge(
            READ_COST * text.length() + (long) text.length() * part.length() / CHARACTERS_PER_UNIT);
  }

  /** In code points, as all positions in strings. */
  private static long indexOf(String text, String part, long from) {
    chargeSearch(text, part);
    int start = text.offsetByCodePoints(0, Math.toIntExact(requireOffset(text, from)));
    int found = text.indexOf(part, start);
    return found < 0 ? -1 : text.codePointCount(0, found);
  }

  private static long lastIndexOf(String text, String part, long from) {
    chargeSearch(text, part);
    int last = text.codePointCount(0, text.length());
    int start = text.offsetByCodePoints(0, Math.toIntExact(Math.min(from, last)));
    int found = text.lastIndexOf(part, start);
    return found < 0 ? -1 : text.codePointCount(0, found);
  }

  private static long requireOffset(String text, long offset) {
    if (offset < 0 || offset > text.codePointCount(0, text.length())) {
      throw new IllegalArgumentException("the position %d is not in the text".formatted(offset));
    }
    return offset;
  }

  /**
   * @param limit the number of replacements at most; negative for all
   */
  private static String replace(String text, String old, String replacement, long limit) {
    long max = limit < 0 ? Long.MAX_VALUE : limit;
    chargeSearch(text, old);
    List<Integer> positions = new ArrayList<>();
    int next = 0;
    while (positions.size() < max) {
      int found = text.indexOf(old, next);
      if (found < 0) {
        break;
      }
      BUDGET.get().charge(FunctionBudget.ITEM_COST);
      positions.add(found);
      if (old.isEmpty()) {
        // Before each code point and at the end.
        if (found == text.length()) {
          break;
        }
        next = text.offsetByCodePoints(found, 1);
      } else {
        next = found + old.length();
      }
    }
    BUDGET
        .get()
        .chargeValue(
            text.length() + (long) positions.size() * (replacement.length() - old.length()));
    StringBuilder result = new StringBuilder();
    int end = 0;
    for (int position : positions) {
      result.append(text, end, position).append(replacement);
      end = position + old.length();
    }
    return result.append(text, end, text.length()).toString();
  }

  /**
   * @param limit the number of parts at most; negative for all
   */
  private static List<String> split(String text, String separator, long limit) {
    chargeSearch(text, separator);
    if (limit == 0) {
      return List.of();
    }
    long max = limit < 0 ? Long.MAX_VALUE : limit;
    List<String> parts = new ArrayList<>();
    int next = 0;
    while (parts.size() < max - 1) {
      int found =
          separator.isEmpty()
              ? next < text.length() ? text.offsetByCodePoints(next, 1) : -1
              : text.indexOf(separator, next);
      if (found < 0 || (separator.isEmpty() && found == text.length())) {
        break;
      }
      BUDGET.get().charge(FunctionBudget.ITEM_COST);
      parts.add(text.substring(next, found));
      next = found + separator.length();
    }
    if (!separator.isEmpty() || next < text.length()) {
      parts.add(text.substring(next));
    }
    return parts;
  }

  private static String join(List<?> list, String separator) {
    long length = (long) Math.max(0, list.size() - 1) * separator.length();
    for (Object item : list) {
      if (!(item instanceof String text)) {
        throw new IllegalArgumentException("join takes a list of strings");
      }
      length += text.length();
    }
    BUDGET.get().chargeValue(list.size() + length);
    BUDGET.get().charge(READ_COST * list.size());
    StringBuilder joined = new StringBuilder();
    String before = "";
    for (Object item : list) {
      joined.append(before).append(item);
      before = separator;
    }
    return joined.toString();
  }

  private static List<Long> range(long end) {
    BUDGET.get().chargeValue(Math.max(0, end));
    BUDGET.get().charge(FunctionBudget.ITEM_COST * end);
    List<Long> numbers = new ArrayList<>();
    for (long i = 0; i < end; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  private static List<Object> distinct(Collection<?> list) {
    BUDGET.get().charge(DISTINCT_COST * BUDGET.get().size(list));
    // Strings, because a tree of a hash table can compare them: objects that were made to have the
    // same hash would take quadratic time otherwise.
    Set<String> seen = new HashSet<>();
    List<Object> distinct = new ArrayList<>();
    for (Object item : list) {
      StringBuilder key = new StringBuilder();
      boolean equalsItself = appendKey(key, item);
      if (!equalsItself || seen.add(key.toString())) {
        distinct.add(item);
      }
    }
    return distinct;
  }

  /**
   * Appends a text that equals that of another value, if CEL says that the values are equal.
   *
   * @return false if the value equals no other, not even itself
   */
  private static boolean appendKey(StringBuilder key, @Nullable Object value) {
    switch (value) {
      case Long number -> key.append('n').append(number);
      case UnsignedLong number -> key.append('n').append(number);
      case Double number when Double.isNaN(number) -> {
        return false;
      }
      case Double number when number == Math.rint(number) && Math.abs(number) < 0x1p64 ->
          key.append('n').append(new BigDecimal(number).toBigInteger());
      case String text -> key.append('s').append(text.length()).append(':').append(text);
      case CelByteString bytes ->
          key.append('b').append(HexFormat.of().formatHex(bytes.toByteArray()));
      case Collection<?> list -> {
        key.append('[');
        for (Object item : list) {
          if (!appendKey(key, item)) {
            return false;
          }
        }
        key.append(']');
      }
      case Map<?, ?> map -> {
        TreeMap<String, @Nullable Object> members = new TreeMap<>();
        for (Map.Entry<?, ?> member : map.entrySet()) {
          StringBuilder name = new StringBuilder();
          if (!appendKey(name, member.getKey())) {
            return false;
          }
          members.put(name.toString(), member.getValue());
        }
        key.append('{');
        for (Map.Entry<String, @Nullable Object> member : members.entrySet()) {
          key.append(member.getKey());
          if (!appendKey(key, member.getValue())) {
            return false;
          }
        }
        key.append('}');
      }
      case Optional<?> optional -> {
        key.append('?');
        return optional.isEmpty() || appendKey(key, optional.get());
      }
      case null -> key.append('0');
      default -> key.append(value.getClass().getName()).append('(').append(value).append(')');
    }
    key.append(';');
    return true;
  }
}
