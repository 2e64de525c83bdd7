package org.nself.incidents.expression;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.function.TextFunctions;
import org.nself.incidents.expression.limit.ExpressionPool;
import org.nself.incidents.web.input.StrictJson;

/** A compiled template. */
public final class Template {

  /**
   * A rendered template.
   *
   * @param text the text with the values of secrets, to be sent only
   * @param redactedText the text with <code>${secret("NAME")}</code> in place of each secret, to be
   *     stored, logged and returned
   */
  public record Rendered(String text, String redactedText) {

    /** Without the secrets, in case the record is logged. */
    @Override
    public String toString() {
      return "Rendered[" + redactedText + "]";
    }
  }

  /** A part: literal text, or an expression with its source. */
  record Part(String text, @Nullable Expression expression) {}

  static final int MAX_RENDERED = 256 * 1024;

  private final List<Part> parts;
  private final References references;
  private final Secrets secrets;
  private final StrictJson json;
  private final ExpressionPool pool;

  Template(
      List<Part> parts,
      References references,
      Secrets secrets,
      StrictJson json,
      ExpressionPool pool) {
    this.pool = pool;
    this.parts = parts;
    this.references = references;
    this.secrets = secrets;
    this.json = json;
  }

  /**
   * Renders the template. Null becomes an empty string; maps and lists become JSON.
   *
   * @throws ExpressionFailure if an expression has no value, a secret is not set or not allowed, or
   *     the result has more than 256 Ki characters
   */
  public Rendered render(EvaluationContext context) {
    return render(context, new TextWriter(), true);
  }

  /**
   * Renders the template of a URL: values are percent-encoded for the place that they are in. A
   * value at the very beginning is not, because it is a URL or the beginning of one.
   *
   * @throws ExpressionFailure as {@link #render}; also if a value would be in the scheme, the host
   *     or the port, or makes a segment of the path {@code .} or {@code ..}
   */
  public Rendered renderUrl(EvaluationContext context) {
    return render(context, new UrlWriter(), true);
  }

  /**
   * Renders the template without the values of secrets; their placeholders are encoded nowhere.
   *
   * @throws ExpressionFailure as {@link #render}
   */
  public String renderRedacted(EvaluationContext context) {
    return render(context, new TextWriter(), false).redactedText();
  }

  /** As {@link #renderRedacted}, for the template of a URL. */
  public String renderRedactedUrl(EvaluationContext context) {
    return render(context, new UrlWriter(), false).redactedText();
  }

  private Variables load(EvaluationContext context) {
    Variables variables = new Variables(context);
    variables.load(references);
    return variables;
  }

  private Rendered render(EvaluationContext context, TextWriter writer, boolean withSecrets) {
    Variables variables = load(context);
    return pool.run(
        context.account(),
        () -> {
          for (Part part : parts) {
            render(part, variables, context.account(), writer, withSecrets);
            writer.checkLength();
          }
          return writer.finish();
        });
  }

  private void render(
      Part part, Variables variables, String account, TextWriter writer, boolean withSecrets) {
    @Nullable Expression expression = part.expression();
    if (expression == null) {
      writer.literal(part.text());
    } else if (expression.references().secrets().isEmpty()) {
      String value = text(expression.evaluate(variables, Secrets::placeholder));
      writer.value(value, value);
    } else if (withSecrets) {
      writer.value(
          evaluateWithSecrets(expression, variables, account),
          evaluateRedacted(part, expression, variables));
    } else {
      // Only to tell which of them cannot be used.
      expression.references().secrets().forEach(name -> secrets.value(name, account));
      writer.unknown(evaluateRedacted(part, expression, variables));
    }
  }

  /**
   * The value of a template that is one expression and nothing else, with its type: a String, a
   * Long, a Boolean, another Number, a List, a Map or null. Null for any other template, which
   * renders to text. Values of secrets are placeholders.
   *
   * @throws ExpressionFailure as {@link #render}
   */
  public @Nullable TypedValue evaluate(EvaluationContext context) {
    if (parts.size() != 1 || parts.getFirst().expression() == null) {
      return null;
    }
    Expression expression = Objects.requireNonNull(parts.getFirst().expression());
    Variables variables = load(context);
    return pool.run(
        context.account(),
        () -> new TypedValue(expression.evaluate(variables, Secrets::placeholder)));
  }

  /** A value of an expression. */
  public record TypedValue(@Nullable Object value) {}

  private String evaluateWithSecrets(Expression expression, Variables variables, String account) {
    // Read first, so that one that cannot be used is named.
    Map<String, String> values = new HashMap<>();
    expression
        .references()
        .secrets()
        .forEach(name -> values.put(name, secrets.value(name, account)));
    try {
      return text(expression.evaluate(variables, name -> Objects.requireNonNull(values.get(name))));
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
      case Map<?, ?> map -> json.writePlain(CelValues.withDecimals(map));
      case List<?> list -> json.writePlain(CelValues.withDecimals(list));
      case Double number -> TextFunctions.plain(number);
      default -> value.toString();
    };
  }

  /** The names of the secrets that the template uses. */
  public Set<String> secrets() {
    return references.secrets();
  }

  /** Whether the text begins with a value that contains a secret. */
  public boolean beginsWithSecret() {
    if (parts.isEmpty()) {
      return false;
    }
    @Nullable Expression first = parts.getFirst().expression();
    return first != null && !first.references().secrets().isEmpty();
  }

  /** What of its expressions always fails; null if nothing is known. */
  public @Nullable String error() {
    for (Part part : parts) {
      if (part.expression() != null && part.expression().fault() != null) {
        return part.expression().fault();
      }
    }
    return null;
  }

  public References references() {
    return references;
  }
}
