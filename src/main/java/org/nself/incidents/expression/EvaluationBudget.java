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
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.limit.RegexSize;

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

  /** For each pair of an instruction of the compiled pattern and a character of the text. */
  private static final int REGEX_MATCH_COST = 20;

  /** For each character of a pattern; compiling it takes longer than reading it. */
  private static final int REGEX_COMPILE_COST = 500;

  private static final int MAX_PATTERN = CelCompilerFacade.MAX_LENGTH;
  private static final int MAX_PROGRAM = 1_000;
  private static final long MAX_ESTIMATE = 5_000;

  private static final int NODE_COST = 20;

  static final String TOO_EXPENSIVE = "takes more work than an expression is allowed";

  private final Variables variables;
  private final Map<Long, Integer> lengths = new HashMap<>();
  private long cost;

  EvaluationBudget(Variables variables) {
    this.variables = variables;
  }

  boolean exceeded() {
    return cost > MAX_COST || variables.budget().exceeded();
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
    if (cost > MAX_COST) {
      throw new ExpressionFailure(TOO_EXPENSIVE);
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
    if (RegexSize.of(regex) > MAX_ESTIMATE) {
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
