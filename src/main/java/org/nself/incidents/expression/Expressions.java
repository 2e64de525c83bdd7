package org.nself.incidents.expression;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cel.common.types.SimpleType;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.limit.ExpressionPool;
import org.nself.incidents.web.input.StrictJson;

/** Compiles conditions and templates, and caches them by text. Thread-safe. */
public final class Expressions {

  /** The size of a compiled text is proportional to the length of the text. */
  private static final int MAX_CACHED_CHARACTERS = 256 * 1024;

  private final CelCompilerFacade cel = new CelCompilerFacade();
  private final Cache<String, Condition> conditions = cache();
  private final Cache<String, Condition> waitConditions = cache();
  private final Cache<String, Template> templates = cache();
  private final Secrets secrets;
  private final StrictJson json;
  private final ExpressionPool pool;

  public Expressions(Secrets secrets, StrictJson json, ExpressionPool pool) {
    this.pool = pool;
    this.secrets = secrets;
    this.json = json;
  }

  /**
   * Computes what takes the processor for long, when it is the account's turn.
   *
   * @throws org.nself.incidents.web.error.ApiException {@code rate_limited} if too much of the
   *     account waits, {@code unavailable} if it is not its turn for long
   */
  public <T extends @Nullable Object> T compute(String account, Supplier<T> task) {
    return pool.run(account, task);
  }

  private static <T> Cache<String, T> cache() {
    return Caffeine.newBuilder()
        .maximumWeight(MAX_CACHED_CHARACTERS)
        .weigher((String text, T _) -> text.length())
        .executor(Runnable::run)
        .build();
  }

  /**
   * Returns what was compiled before, by whichever account. Compiles it otherwise when it is the
   * account's turn; outside of the cache, where other texts would wait for that.
   */
  private <T> T compiled(Cache<String, T> cache, String account, String text, Supplier<T> compile) {
    @Nullable T cached = cache.getIfPresent(text);
    if (cached != null) {
      return cached;
    }
    T compiled = pool.run(account, compile);
    cache.put(text, compiled);
    return compiled;
  }

  /**
   * Returns the condition that a CEL expression of type bool states.
   *
   * @param account whose turn of the processor compiles it
   * @throws InvalidExpression if it does not compile, cannot be true or false, or uses a secret
   */
  public Condition condition(String account, String text) {
    return compiled(conditions, account, text, () -> compileCondition(text, false));
  }

  /**
   * Returns the condition to wait for: as {@link #condition}, or a moment, which is a CEL
   * expression of type timestamp or a timestamp as RFC 3339 writes it.
   *
   * @throws InvalidExpression as {@link #condition}
   */
  public Condition waitCondition(String account, String text) {
    return compiled(
        waitConditions, account, text, () -> compileCondition(asExpression(text), true));
  }

  private static String asExpression(String text) {
    try {
      return "timestamp('%s')".formatted(OffsetDateTime.parse(text.strip()).toInstant());
    } catch (DateTimeException e) {
      return text;
    }
  }

  private Condition compileCondition(String text, boolean orMoment) {
    Expression expression = cel.compile(text, SourcePosition.START);
    if (!expression.references().secrets().isEmpty()) {
      throw new InvalidExpression(
          "secret() is allowed in templates only; a condition cannot use it");
    }
    if (!expression.type().equals(SimpleType.BOOL)
        && !expression.type().equals(SimpleType.DYN)
        && !(orMoment && expression.type().equals(SimpleType.TIMESTAMP))) {
      throw new InvalidExpression(
          "must be true or false%s, but is %s"
              .formatted(orMoment ? ", or a timestamp" : "", expression.type().name()));
    }
    return new Condition(expression, pool);
  }

  /**
   * Returns the template for a text with <code>${ CEL }</code> in it; <code>$${</code> escapes
   * <code>${</code>.
   *
   * @param account whose turn of the processor compiles it
   * @throws InvalidExpression if one of the expressions does not compile or is not closed
   */
  public Template template(String account, String text) {
    return compiled(templates, account, text, () -> compileTemplate(text));
  }

  private Template compileTemplate(String text) {
    List<Template.Part> parts = new ArrayList<>();
    Set<String> variables = new HashSet<>();
    Set<String> inputs = new HashSet<>();
    Set<String> steps = new HashSet<>();
    Set<String> secretNames = new HashSet<>();
    for (TemplateParser.Part part : TemplateParser.parse(text)) {
      parts.add(
          switch (part) {
            case TemplateParser.Literal(String literal) -> new Template.Part(literal, null);
            case TemplateParser.ExpressionPart(String source, SourcePosition start) -> {
              Expression expression = cel.compile(source, start);
              variables.addAll(expression.references().variables());
              inputs.addAll(expression.references().inputs());
              steps.addAll(expression.references().steps());
              secretNames.addAll(expression.references().secrets());
              yield new Template.Part(source, expression);
            }
          });
    }
    return new Template(
        List.copyOf(parts),
        new References(
            Set.copyOf(variables), Set.copyOf(inputs), Set.copyOf(steps), Set.copyOf(secretNames)),
        secrets,
        json,
        pool);
  }
}
