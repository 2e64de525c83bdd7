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
 * Limits the cost of an evaluation. It counts work instead of measuring time, so that the same
 * expression over the same values has the same result however busy the machine is.
 *
 * <p>CEL's limit on iterations is not limit: {@code .map(x, x + x)} doubles a string with each
 * call, and deeply nested lists need little memory but exponential time to compare.
 */
final class EvaluationBudget implements CelEvaluationListener {

  /** Maximum number of characters and items of one value. */
  static final int MAX_SIZE = 200_000;

  /** In units of about one nanosecond on a fast machine. */
  private static final long MAX_COST = 200_000_000;

  /** Number of characters that are compared for the cost of one unit. */
  private static final int CHARACTERS_PER_UNIT = 16;

  /** For each pair of a character of the pattern and a character of the text. */
  private static final int REGEX_MATCH_COST = 20;

  private static final int NODE_COST = 20;

  static final String TOO_EXPENSIVE = "takes more work than an expression is allowed";

  private final Variables variables;
  private final Map<Long, Integer> lengths = new HashMap<>();
  private long cost;

  EvaluationBudget(Variables variables) {
    this.variables = variables;
  }

  boolean exceeded() {
    return cost > MAX_COST;
  }

  @Override
  public void callback(CelExpr expression, Object value) {
    add(NODE_COST);
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
              add(product(call, 0, 0) / CHARACTERS_PER_UNIT);
          case "matches" -> add(product(call, 50, 10) * REGEX_MATCH_COST);
          default -> {}
        }
        addSize(value);
      }
      case LIST, MAP, STRUCT, COMPREHENSION -> addSize(value);
      default -> {}
    }
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

  private long length(CelExpr expression) {
    if (expression.getKind() == CelExpr.ExprKind.Kind.CONSTANT
        && expression.constant().getKind() == CelConstant.Kind.STRING_VALUE) {
      return expression.constant().stringValue().length();
    }
    return lengths.getOrDefault(expression.id(), 1);
  }

  private void addSize(@Nullable Object value) {
    int size = size(value, MAX_SIZE + 1);
    add(size > MAX_SIZE ? MAX_COST + 1 : size);
  }

  private void add(long units) {
    cost += units;
    if (exceeded()) {
      throw new ExpressionFailure(TOO_EXPENSIVE);
    }
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
      case Collection<?> list -> sum(list, limit);
      case Map<?, ?> map -> {
        int names = sum(map.keySet(), limit);
        yield names >= limit ? names : names + sum(map.values(), limit - names);
      }
      case null, default -> 1;
    };
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
