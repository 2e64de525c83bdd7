package org.nself.incidents.expression;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.values.CelByteString;
import dev.cel.runtime.CelEvaluationListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.check.MacroVariables;
import org.nself.incidents.expression.function.ExtensionFunctions;
import org.nself.incidents.expression.function.FunctionBudget;
import org.nself.incidents.expression.limit.RegexSize;

/**
 * Limits the cost of an evaluation. It counts work instead of measuring time, so that the same
 * expression over the same values has the same result however busy the machine is.
 *
 * <p>CEL's limit on iterations does not bound that: {@code .map(x, x + x)} doubles a string with
 * each call, and deeply nested lists need little memory but exponential time to compare.
 */
final class EvaluationBudget implements CelEvaluationListener, FunctionBudget {

  /** Maximum number of characters and items of one value. */
  static final int MAX_SIZE = 200_000;

  /** In units of about one nanosecond on a fast machine. */
  private static final long MAX_COST = 200_000_000;

  /** Number of characters that are compared for the cost of one unit. */
  private static final int CHARACTERS_PER_UNIT = 16;

  /** For each pair of an instruction of the compiled pattern and a character of the text. */
  private static final int REGEX_MATCH_COST = 20;

  /** For each character of a pattern; compiling it takes longer than reading it. */
  private static final int REGEX_COMPILE_COST = 500;

  private static final int MAX_PATTERN = CelCompilerFacade.MAX_LENGTH;
  private static final int MAX_PROGRAM = 1_000;

  private static final int NODE_COST = 20;

  /** For each item of a list or map that the interpreter copies. */
  private static final long COPY_COST = 10;

  /** What a list or map in another counts beside its items. */
  private static final int NESTED_ITEMS = 4;

  /** For each character or item that a function of the extensions reads. */
  private static final long READ_COST = 10;

  static final String TOO_EXPENSIVE = "takes more work than an expression is allowed (200 ms)";
  static final String TOO_LARGE =
      "makes a value of more than 200,000 characters and items, more than an expression is allowed";

  private final Variables variables;
  private final MacroVariables macroVariables;
  private final Map<Long, Integer> lengths = new HashMap<>();

  /** The lists that were written as literals, by the id of the expression. */
  private final Map<Long, Extent> literals = new HashMap<>();

  /** The most items that a variable of a macro had, by its name. */
  private final Map<String, Integer> mostItems = new HashMap<>();

  /** What a macro collected last, by the id of the expression that appends to it. */
  private final Map<Long, Extent> collected = new HashMap<>();

  private long cost;
  private boolean tooLarge;

  /**
   * @param count the number of elements
   * @param size as {@link #size(Object, int)}
   * @param items as {@link #items}
   */
  private record Extent(int count, int size, int items) {

    static Extent of(Collection<?> list) {
      return new Extent(
          list.size(),
          EvaluationBudget.size(list, MAX_SIZE + 1),
          EvaluationBudget.items(list, MAX_SIZE));
    }
  }

  EvaluationBudget(Variables variables, MacroVariables macroVariables) {
    this.variables = variables;
    this.macroVariables = macroVariables;
  }

  /** Names the limit that was exceeded; null if none was. */
  @Nullable String exceeded() {
    if (tooLarge) {
      return TOO_LARGE;
    }
    if (cost > MAX_COST) {
      return TOO_EXPENSIVE;
    }
    return variables.budget().exceeded() ? WorkBudget.TOO_EXPENSIVE : null;
  }

  @Override
  public void callback(CelExpr expression, Object value) {
    add(NODE_COST);
    if (value instanceof String text) {
      lengths.put(expression.id(), text.length());
    } else if (value instanceof Collection<?> list) {
      lengths.put(expression.id(), list.size());
    }
    bind(expression, value);
    switch (expression.getKind()) {
      case IDENT -> {
        String name = expression.ident().name();
        if (CelCompilerFacade.VARIABLES.contains(name)) {
          add(variables.size(name));
        } else if (!MacroVariables.isAccumulator(name)) {
          add(COPY_COST * items(value, MAX_SIZE));
        }
      }
      case SELECT -> chargeRoot(expression);
      case CALL -> charge(expression, expression.call(), value);
      case LIST -> {
        if (value instanceof Collection<?> list) {
          Extent extent = Extent.of(list);
          literals.put(expression.id(), extent);
          chargeValue(extent.size());
        }
      }
      case MAP, STRUCT, COMPREHENSION -> addSize(value);
      default -> {}
    }
  }

  private void bind(CelExpr expression, @Nullable Object value) {
    @Nullable String element = macroVariables.elements().get(expression.id());
    if (element != null && value instanceof Collection<?> list) {
      for (Object item : list) {
        mostItems.merge(element, items(item, MAX_SIZE), Math::max);
      }
    }
    @Nullable String variable = macroVariables.values().get(expression.id());
    if (variable != null) {
      mostItems.merge(variable, items(value, MAX_SIZE), Math::max);
    }
  }

  /** A member of a variable: the interpreter visits the whole variable before it selects. */
  private void chargeRoot(CelExpr member) {
    CelExpr root = member;
    while (root.getKind() == CelExpr.ExprKind.Kind.SELECT) {
      root = root.select().operand();
    }
    if (root.getKind() == CelExpr.ExprKind.Kind.IDENT) {
      String name = root.ident().name();
      add(
          COPY_COST
              * Math.max(
                  mostItems.getOrDefault(name, 0),
                  CelCompilerFacade.VARIABLES.contains(name) ? variables.items(name) : 0));
    }
  }

  private void charge(CelExpr expression, CelExpr.CelCall call, @Nullable Object value) {
    switch (call.function()) {
      case "_?_:_", "_&&_", "_||_" -> {
        // The value of an argument, which was charged.
      }
      case "_+_" -> {
        CelExpr left = call.args().getFirst();
        if (value instanceof Collection<?> list
            && left.getKind() == CelExpr.ExprKind.Kind.IDENT
            && MacroVariables.isAccumulator(left.ident().name())) {
          addCollected(expression.id(), call.args().getLast(), list);
        } else {
          addSize(value);
          add(COPY_COST * items(value, MAX_SIZE));
        }
      }
      default -> {
        if (call.function().equals("contains")
            || call.function().equals("startsWith")
            || call.function().equals("endsWith")) {
          add(product(call, 0, 0) / CHARACTERS_PER_UNIT);
        } else if (ExtensionFunctions.LINEAR.contains(call.function())) {
          add(READ_COST * sum(call));
          add(FunctionBudget.ITEM_COST * items(value, MAX_SIZE));
        }
        addSize(value);
        add(COPY_COST * items(value, MAX_SIZE));
      }
    }
  }

  /**
   * Charges the list that a macro collects, which the interpreter copies with each item. The list
   * has one item more than at the time before, or it is the first time of another list.
   */
  private void addCollected(long id, CelExpr appended, Collection<?> list) {
    @Nullable Extent before = collected.get(id);
    @Nullable Extent added = literals.get(appended.id());
    Extent extent =
        before != null && added != null && list.size() == before.count() + 1
            ? new Extent(
                list.size(), before.size() + added.size() - 1, before.items() + added.items())
            : Extent.of(list);
    collected.put(id, extent);
    chargeValue(extent.size());
    add(Math.max(0, COPY_COST * extent.items() - extent.size()));
  }

  /**
   * The product of the lengths, which bounds the cost of a search. It is charged after the search,
   * so that at most one search exceeds the budget.
   */
  private long product(CelExpr.CelCall call, int addedToTarget, int addedToArguments) {
    long product = 1;
    if (call.target().isPresent()) {
      product *= length(call.target().get()) + addedToTarget;
    }
    for (CelExpr argument : call.args()) {
      product *= length(argument) + addedToArguments;
    }
    return product;
  }

  private long sum(CelExpr.CelCall call) {
    long sum = call.target().isPresent() ? length(call.target().get()) : 0;
    for (CelExpr argument : call.args()) {
      sum += length(argument);
    }
    return sum;
  }

  private long length(CelExpr expression) {
    if (expression.getKind() == CelExpr.ExprKind.Kind.CONSTANT
        && expression.constant().getKind() == CelConstant.Kind.STRING_VALUE) {
      return expression.constant().stringValue().length();
    }
    return lengths.getOrDefault(expression.id(), 1);
  }

  private void addSize(@Nullable Object value) {
    chargeValue(size(value));
  }

  @Override
  public void charge(long units) {
    add(units);
  }

  @Override
  public void chargeValue(long size) {
    if (size > MAX_SIZE) {
      tooLarge = true;
      add(MAX_COST + 1);
    }
    add(size);
  }

  /**
   * @return at most one more than a value may have
   */
  @Override
  public long size(@Nullable Object value) {
    return size(value, MAX_SIZE + 1);
  }

  private void add(long units) {
    cost += Math.min(units, MAX_COST + 1);
    if (cost > MAX_COST) {
      throw new ExpressionFailure(tooLarge ? TOO_LARGE : TOO_EXPENSIVE);
    }
    variables.budget().charge(units);
  }

  /**
   * The function {@code matches}, charged before it runs: a search takes time in proportion to the
   * compiled pattern and the text, and cannot be interrupted.
   */
  boolean matches(String text, String regex) {
    if (regex.length() > MAX_PATTERN) {
      throw new ExpressionFailure(
          "a regular expression has more than %,d characters".formatted(MAX_PATTERN));
    }
    add((long) regex.length() * REGEX_COMPILE_COST);
    if (RegexSize.isTooLarge(regex)) {
      throw new ExpressionFailure("a regular expression is too large when it is compiled");
    }
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new ExpressionFailure("a regular expression is not valid: " + e.getDescription());
    }
    if (pattern.programSize() > MAX_PROGRAM) {
      throw new ExpressionFailure("a regular expression is too large when it is compiled");
    }
    add((long) (text.length() + 10) * (pattern.programSize() + 10) * REGEX_MATCH_COST);
    return pattern.matcher(text).find();
  }

  /**
   * Counts the characters and items in a value, each as often as it occurs.
   *
   * @param limit the count at which to stop
   */
  static int size(@Nullable Object value, int limit) {
    return switch (value) {
      case String text -> 1 + text.length();
      case CelByteString bytes -> 1 + bytes.size();
      case Optional<?> optional -> 1 + size(optional.orElse(null), limit);
      case Collection<?> list -> sum(list, limit);
      case Map<?, ?> map -> {
        int names = sum(map.keySet(), limit);
        yield names >= limit ? names : names + sum(map.values(), limit - names);
      }
      case null, default -> 1;
    };
  }

  /**
   * Counts the items in lists and maps, each as often as it occurs; other values are none. Lists
   * and maps in others count more, as visiting them takes longer.
   */
  static int items(@Nullable Object value, int limit) {
    return switch (value) {
      case Collection<?> list -> itemsOf(list, limit);
      case Map<?, ?> map -> itemsOf(map.values(), limit);
      case Optional<?> optional -> items(optional.orElse(null), limit);
      case null, default -> 0;
    };
  }

  private static int itemsOf(Collection<?> values, int limit) {
    int count = 0;
    for (Object value : values) {
      if (count >= limit) {
        break;
      }
      count += 1;
      if (value instanceof Collection<?> || value instanceof Map<?, ?>) {
        count += NESTED_ITEMS + items(value, limit - count);
      }
    }
    return count;
  }

  private static int sum(Collection<?> values, int limit) {
    int size = 1;
    for (Object value : values) {
      if (size >= limit) {
        break;
      }
      size += size(value, limit - size);
    }
    return size;
  }
}
