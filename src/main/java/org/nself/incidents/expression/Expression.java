package org.nself.incidents.expression;

import dev.cel.common.types.CelType;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelLateFunctionBindings;
import dev.cel.runtime.CelRuntime;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One CEL expression, compiled. */
record Expression(CelRuntime.Program program, CelType type, References references) {

  private static final Pattern WHERE = Pattern.compile("^evaluation error( at [^ ]*)?:? *");

  /**
   * Its value, as {@link CelValues#toJson} gives it.
   *
   * @param secret gives what stands for a secret
   * @throws ExpressionFailure where it has none, or would take too much
   */
  @SuppressWarnings("Immutable") // The bindings live as long as this one evaluation.
  @Nullable Object evaluate(Variables variables, UnaryOperator<String> secret) {
    EvaluationBudget work = new EvaluationBudget(variables);
    try {
      Object value =
          program.trace(
              variables.of(references),
              CelLateFunctionBindings.from(
                  CelFunctionBinding.from(
                      CelCompilerFacade.SECRET_OVERLOAD, String.class, secret::apply)),
              work);
      return CelValues.toJson(value);
    } catch (CelEvaluationException e) {
      if (work.exceeded()) {
        throw new ExpressionFailure("takes more work than an expression may");
      }
      if (e.getCause() instanceof ExpressionFailure failure) {
        throw failure;
      }
      throw new ExpressionFailure(reason(e));
    }
  }

  private static String reason(CelEvaluationException e) {
    String message = WHERE.matcher(String.valueOf(e.getMessage())).replaceFirst("").strip();
    return message.isEmpty() ? "cannot be evaluated" : message.replaceFirst("\\.$", "");
  }
}
