package org.nself.incidents.expression;

import dev.cel.common.types.SimpleType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nself.incidents.web.input.StrictJson;

/** Compiles conditions and templates. One for the process, safe for any thread. */
public final class Expressions {

  private final CelCompilerFacade cel = new CelCompilerFacade();
  private final CompilationCache<Condition> conditions = new CompilationCache<>();
  private final CompilationCache<Template> templates = new CompilationCache<>();
  private final Secrets secrets;
  private final StrictJson json;

  public Expressions(Secrets secrets, StrictJson json) {
    this.secrets = secrets;
    this.json = json;
  }

  /**
   * A condition: CEL that is true or false.
   *
   * @throws InvalidExpression where it does not compile, cannot be true or false, or uses a secret
   */
  public Condition condition(String text) {
    return conditions.get(text, this::compileCondition);
  }

  private Condition compileCondition(String text) {
    Expression expression = cel.compile(text, SourcePosition.START);
    if (!expression.references().secrets().isEmpty()) {
      throw new InvalidExpression("secret() is for templates; a condition cannot use it");
    }
    if (!expression.type().equals(SimpleType.BOOL) && !expression.type().equals(SimpleType.DYN)) {
      throw new InvalidExpression("must be true or false, and is " + expression.type().name());
    }
    return new Condition(expression, secrets);
  }

  /**
   * A text with <code>${ CEL }</code> in it; <code>$${</code> stands for <code>${</code>.
   *
   * @throws InvalidExpression where one of the expressions does not compile or does not end
   */
  public Template template(String text) {
    return templates.get(text, this::compileTemplate);
  }

  private Template compileTemplate(String text) {
    List<Template.Part> parts = new ArrayList<>();
    Set<String> variables = new HashSet<>();
    Set<String> inputs = new HashSet<>();
    Set<String> steps = new HashSet<>();
    Set<String> used = new HashSet<>();
    for (TemplateParser.Part part : TemplateParser.parts(text)) {
      parts.add(
          switch (part) {
            case TemplateParser.Literal(String literal) -> new Template.Part(literal, null);
            case TemplateParser.Cel(String written, SourcePosition place) -> {
              Expression expression = cel.compile(written, place);
              variables.addAll(expression.references().variables());
              inputs.addAll(expression.references().inputs());
              steps.addAll(expression.references().steps());
              used.addAll(expression.references().secrets());
              yield new Template.Part(written, expression);
            }
          });
    }
    return new Template(
        List.copyOf(parts),
        new References(
            Set.copyOf(variables), Set.copyOf(inputs), Set.copyOf(steps), Set.copyOf(used)),
        secrets,
        json);
  }
}
