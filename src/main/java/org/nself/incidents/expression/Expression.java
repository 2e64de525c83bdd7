package org.nself.incidents.expression;

import dev.cel.common.types.CelType;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelLateFunctionBindings;
import dev.cel.runtime.CelRuntime;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.check.MacroVariables;
import org.nself.incidents.expression.function.ExtensionFunctions;
import org.nself.incidents.web.input.Strings;

/**
 * A compiled CEL expression.
 *
 * @param fault what of it can never hold or always fails; null if nothing is known. Rejected when a
 *     definition is saved; a stored one is evaluated nevertheless
 */
record Expression(
    String source,
    CelRuntime.Program program,
    CelType type,
    References references,
    MacroVariables macroVariables,
    @Nullable String fault) {

  private static final int MAX_SHOWN = 100;

  /** A message of CEL can quote a key or a value of any length. */
  private static final int MAX_REASON = 500;

  private static final Pattern FUNCTION_FAILED =
      Pattern.compile("Function '([^']*)' failed with arg\\(s\\)");

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
    EvaluationBudget budget = new EvaluationBudget(variables, macroVariables);
    try {
      Object value =
          ExtensionFunctions.evaluate(
              budget,
              () ->
                  program.trace(
                      variables.of(references),
                      CelLateFunctionBindings.from(
                          CelFunctionBinding.from(
                              CelCompilerFacade.SECRET_OVERLOAD, String.class, secret::apply),
                          CelFunctionBinding.from(
                              CelCompilerFacade.MATCHES,
                              String.class,
                              String.class,
                              budget::matches),
                          CelFunctionBinding.from(
                              CelCompilerFacade.MATCHES_METHOD,
                              String.class,
                              String.class,
                              budget::matches)),
                      budget));
      return CelValues.toJson(value);
    } catch (CelEvaluationException e) {
      @Nullable String exceeded = budget.exceeded();
      if (exceeded != null) {
        throw new ExpressionFailure(exceeded);
      }
      if (e.getCause() instanceof ExpressionFailure failure) {
        throw failure;
      }
      throw new ExpressionFailure(Strings.cut(reason(e), MAX_REASON));
    }
  }

  private String reason(CelEvaluationException e) {
    String message =
        MESSAGE_PREFIX
            .matcher(String.valueOf(e.getMessage()))
            .replaceFirst("")
            .strip()
            .replaceFirst("\\.$", "");
    String shown = Strings.cut(source.strip(), MAX_SHOWN);
    if (message.isEmpty()) {
      return "cannot be evaluated: " + shown;
    }
    if (message.startsWith("Iteration budget exceeded")) {
      return "repeats its macros more than 10,000 times, more than an expression is allowed, in: "
          + shown;
    }
    Matcher failed = FUNCTION_FAILED.matcher(message);
    if (failed.lookingAt()) {
      // CEL shows the arguments, which can be long.
      @Nullable Throwable cause = e.getCause();
      while (cause != null && cause.getCause() != null) {
        cause = cause.getCause();
      }
      return "%s failed%s in: %s"
          .formatted(
              failed.group(1),
              cause == null || cause.getMessage() == null || cause.getMessage().length() > MAX_SHOWN
                  ? ""
                  : " (" + cause.getMessage() + ")",
              shown);
    }
    if (message.endsWith("overflow")) {
      return "a number is beyond 64 bits (%s) in: %s".formatted(message, shown);
    }
    if (message.equals("/ by zero") || message.endsWith("divide by zero")) {
      return "division by zero in: " + shown;
    }
    if (message.startsWith("No matching overload")) {
      return "values of these types cannot be combined (%s) in: %s"
          .formatted(message.replaceFirst("(?s)\\. Overload candidates.*", ""), shown);
    }
    return message;
  }
}
