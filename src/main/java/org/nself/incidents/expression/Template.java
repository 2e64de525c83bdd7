package org.nself.incidents.expression;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.StrictJson;

/** A compiled template. */
public final class Template {

  /** A part: literal text, or an expression with its source. */
  record Part(String text, @Nullable Expression expression) {}

  static final int MAX_RENDERED = 256 * 1024;

  private final List<Part> parts;
  private final References references;
  private final Secrets secrets;
  private final StrictJson json;

  Template(List<Part> parts, References references, Secrets secrets, StrictJson json) {
    this.parts = parts;
    this.references = references;
    this.secrets = secrets;
    this.json = json;
  }

  /**
   * Renders the template. Null becomes an empty string; maps and lists become JSON.
   *
   * @throws ExpressionFailure if an expression has no value, a secret is not set, or the result has
   *     more than 256 Ki characters
   */
  public Rendered render(EvaluationContext context) {
    Variables variables = new Variables(context);
    StringBuilder text = new StringBuilder();
    StringBuilder redacted = new StringBuilder();
    for (Part part : parts) {
      @Nullable Expression expression = part.expression();
      if (expression == null) {
        text.append(part.text());
        redacted.append(part.text());
      } else if (expression.references().secrets().isEmpty()) {
        String value = evaluate(expression, variables, secrets::value);
        text.append(value);
        redacted.append(value);
      } else {
        text.append(evaluateWithSecrets(expression, variables));
        redacted.append(evaluateRedacted(part, expression, variables));
      }
      if (text.length() > MAX_RENDERED || redacted.length() > MAX_RENDERED) {
        throw new ExpressionFailure("renders to more than %,d characters".formatted(MAX_RENDERED));
      }
    }
    return new Rendered(text.toString(), secrets.mask(redacted.toString()));
  }

  private String evaluate(
      Expression expression, Variables variables, UnaryOperator<String> secret) {
    try {
      return text(expression.evaluate(variables, secret));
    } catch (ExpressionFailure e) {
      // The message can quote the output of a step.
      throw new ExpressionFailure(secrets.mask(String.valueOf(e.getMessage())));
    }
  }

  private String evaluateWithSecrets(Expression expression, Variables variables) {
    // Read first, so that a missing one is named and the others are masked from here on.
    expression.references().secrets().forEach(secrets::value);
    try {
      return text(expression.evaluate(variables, secrets::value));
    } catch (ExpressionFailure e) {
      // The message of CEL could quote a value computed from the secret.
      throw new ExpressionFailure(
          "an expression that uses secret(\"%s\") has no value"
              .formatted(String.join("\"), secret(\"", expression.references().secrets())));
    }
  }

  /** Evaluates with placeholders, so that the result reveals nothing about the secrets. */
  private String evaluateRedacted(Part part, Expression expression, Variables variables) {
    try {
      return text(expression.evaluate(variables, Secrets::placeholder));
    } catch (ExpressionFailure e) {
      return "${" + part.text() + "}";
    }
  }

  private String text(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case Map<?, ?> map -> json.write(map).text();
      case List<?> list -> json.write(list).text();
      case Double number when number == Math.rint(number) ->
          new BigDecimal(number).toBigInteger().toString();
      default -> value.toString();
    };
  }

  /** The names of the secrets that the template uses. */
  public Set<String> secrets() {
    return references.secrets();
  }

  public References references() {
    return references;
  }
}
