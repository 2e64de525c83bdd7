package org.nself.incidents.expression;

import dev.cel.common.types.CelType;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelLateFunctionBindings;
import dev.cel.runtime.CelRuntime;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A compiled CEL expression.
 *
 * @param fault what of it can never hold or always fails; null if nothing is known. Rejected when a
 *     definition is saved; a stored one is evaluated nevertheless
 */
record Expression(
    CelRuntime.Program program, CelType type, References references, @Nullable String fault) {

  private static final Pattern MESSAGE_PREFIX =
      Pattern.compile("^evaluation error( at [^ ]*)?:? *");

  /**
   * Returns its value as converted by {@link CelValues#toJson}.
   *
   * @param secret returns the value to use for a secret's name
   * @throws ExpressionFailure if it has no value or exceeds the budget
   */
  @SuppressWarnings("Immutable") // The bindings are used for this evaluation only.
  @Nullable Object evaluate(Variables variables, UnaryOperator<String> secret) {
    EvaluationBudget budget = new EvaluationBudget(variables);
    try {
      Object value =
          program.trace(
              variables.of(references),
              CelLateFunctionBindings.from(
                  CelFunctionBinding.from(
                      CelCompilerFacade.SECRET_OVERLOAD, String.class, secret::apply),
                  CelFunctionBinding.from(
                      CelCompilerFacade.MATCHES, String.class, String.class, budget::matches),
                  CelFunctionBinding.from(
                      CelCompilerFacade.MATCHES_METHOD,
                      String.class,
                      String.class,
                      budget::matches)),
              budget);
      return CelValues.toJson(value);
    } catch (CelEvaluationException e) {
      if (budget.exceeded()) {
        throw new ExpressionFailure(EvaluationBudget.TOO_EXPENSIVE);
      }
      if (e.getCause() instanceof ExpressionFailure failure) {
        throw failure;
      }
      throw new ExpressionFailure(reason(e));
    }
  }

  private static String reason(CelEvaluationException e) {
    String message =
        MESSAGE_PREFIX.matcher(String.valueOf(e.getMessage())).replaceFirst("").strip();
    return message.isEmpty() ? "cannot be evaluated" : message.replaceFirst("\\.$", "");
  }
}
