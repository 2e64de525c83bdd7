package org.nself.incidents.expression;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.StrictJson;

/** A template, compiled. */
public final class Template {

  /** A part: text, or an expression with the text that it was written as. */
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
   * Fills it in: null is nothing, maps and lists are JSON.
   *
   * @throws ExpressionFailure where an expression has no value, a secret is not set, or the result
   *     has more than 256 Ki characters
   */
  public Rendered render(EvaluationContext scope) {
    Variables variables = new Variables(scope);
    StringBuilder text = new StringBuilder();
    StringBuilder shown = new StringBuilder();
    for (Part part : parts) {
      @Nullable Expression expression = part.expression();
      if (expression == null) {
        text.append(part.text());
        shown.append(part.text());
      } else if (expression.references().secrets().isEmpty()) {
        String value = value(expression, variables, secrets::value);
        text.append(value);
        shown.append(value);
      } else {
        text.append(withSecrets(expression, variables));
        shown.append(withoutSecrets(part, expression, variables));
      }
      if (text.length() > MAX_RENDERED || shown.length() > MAX_RENDERED) {
        throw new ExpressionFailure("gives more than %,d characters".formatted(MAX_RENDERED));
      }
    }
    return new Rendered(text.toString(), secrets.mask(shown.toString()));
  }

  private String value(Expression expression, Variables variables, UnaryOperator<String> secret) {
    try {
      return text(expression.evaluate(variables, secret));
    } catch (ExpressionFailure e) {
      // A message may quote a step's output.
      throw new ExpressionFailure(secrets.mask(String.valueOf(e.getMessage())));
    }
  }

  private String withSecrets(Expression expression, Variables variables) {
    // Read first: what is missing is named, and what is read is masked from here on.
    expression.references().secrets().forEach(secrets::value);
    try {
      return text(expression.evaluate(variables, secrets::value));
    } catch (ExpressionFailure e) {
      // CEL's message could quote what it made of the secret.
      throw new ExpressionFailure(
          "an expression that uses secret(\"%s\") has no value"
              .formatted(String.join("\"), secret(\"", expression.references().secrets())));
    }
  }

  /** Computed without the secrets, so it cannot give away anything about them. */
  private String withoutSecrets(Part part, Expression expression, Variables variables) {
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

  /** The names of the secrets that it uses. */
  public Set<String> secrets() {
    return references.secrets();
  }

  public References references() {
    return references;
  }
}
