package org.nself.incidents.expression;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.values.CelByteString;
import dev.cel.runtime.CelEvaluationListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts what an evaluation costs and ends it when that is too much. A count, not a clock: the same
 * expression over the same values ends the same, however busy the machine is.
 *
 * <p>Limits on iterations do not do it: {@code .map(x, x + x)} doubles a text with each call, and a
 * list in a list in a list is small to hold and endless to compare.
 */
final class EvaluationBudget implements CelEvaluationListener {

  /** Characters and items of one value. */
  static final int MAX_SIZE = 200_000;

  /** About as many nanoseconds on a fast machine. */
  private static final long MAX_WORK = 200_000_000;

  /** How many characters are compared in the time of one unit. */
  private static final int CHARACTERS_AT_ONCE = 16;

  /** What a pattern costs for a character of its own and one of the text. */
  private static final int COST_OF_A_MATCH = 20;

  private static final int COST_OF_A_NODE = 20;

  private final Variables variables;
  private final Map<Long, Integer> lengths = new HashMap<>();
  private long done;

  EvaluationBudget(Variables variables) {
    this.variables = variables;
  }

  boolean exceeded() {
    return done > MAX_WORK;
  }

  @Override
  public void callback(CelExpr expression, Object value) {
    add(COST_OF_A_NODE);
    if (value instanceof String text) {
      lengths.put(expression.id(), text.length());
    }
    switch (expression.getKind()) {
      case IDENT -> {
        String name = expression.ident().name();
        if (CelCompilerFacade.VARIABLES.contains(name)) {
          add(variables.size(name));
        }
      }
      case CALL -> {
        CelExpr.CelCall call = expression.call();
        switch (call.function()) {
          case "contains", "startsWith", "endsWith" ->
              add(product(call, 0, 0) / CHARACTERS_AT_ONCE);
          case "matches" -> add(product(call, 50, 10) * COST_OF_A_MATCH);
          default -> {}
        }
        result(value);
      }
      case LIST, MAP, STRUCT, COMPREHENSION -> result(value);
      default -> {}
    }
  }

  /** What a search costs at worst goes by this. It is known once it is over; so it happens once. */
  private long product(CelExpr.CelCall call, int more, int moreForEachArgument) {
    long product = 1;
    if (call.target().isPresent()) {
      product *= length(call.target().get()) + more;
    }
    for (CelExpr argument : call.args()) {
      product *= length(argument) + moreForEachArgument;
    }
    return product;
  }

  private long length(CelExpr expression) {
    if (expression.getKind() == CelExpr.ExprKind.Kind.CONSTANT
        && expression.constant().getKind() == CelConstant.Kind.STRING_VALUE) {
      return expression.constant().stringValue().length();
    }
    return lengths.getOrDefault(expression.id(), 1);
  }

  private void result(@Nullable Object value) {
    int size = size(value, MAX_SIZE + 1);
    add(size > MAX_SIZE ? MAX_WORK + 1 : size);
  }

  private void add(long units) {
    done += units;
    if (exceeded()) {
      throw new ExpressionFailure("takes more work than an expression may");
    }
  }

  /**
   * Characters and items in a value, each as often as it occurs.
   *
   * @param enough where to stop counting
   */
  static int size(@Nullable Object value, int enough) {
    return switch (value) {
      case String text -> 1 + text.length();
      case CelByteString bytes -> 1 + bytes.size();
      case Collection<?> list -> sum(list, enough);
      case Map<?, ?> map -> {
        int names = sum(map.keySet(), enough);
        yield names >= enough ? names : names + sum(map.values(), enough - names);
      }
      case null, default -> 1;
    };
  }

  private static int sum(Collection<?> values, int enough) {
    int size = 1;
    for (Object value : values) {
      if (size >= enough) {
        break;
      }
      size += size(value, enough - size);
    }
    return size;
  }
}
