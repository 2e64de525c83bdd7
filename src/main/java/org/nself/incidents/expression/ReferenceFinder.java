package org.nself.incidents.expression;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.CelSelect;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.check.LiteralChecker;
import org.nself.incidents.expression.check.ScopedVisitor;

/** Collects the variables, members and secrets that an expression names. */
final class ReferenceFinder extends ScopedVisitor {

  private final Set<String> variables = new LinkedHashSet<>();
  private final Set<String> inputs = new LinkedHashSet<>();
  private final Set<String> steps = new LinkedHashSet<>();
  private final Set<String> secrets = new LinkedHashSet<>();

  private ReferenceFinder() {}

  /**
   * @throws InvalidExpression if the argument of secret() is not a valid literal
   */
  static References in(CelAbstractSyntaxTree tree) {
    ReferenceFinder finder = new ReferenceFinder();
    finder.visit(tree);
    return new References(
        Set.copyOf(finder.variables),
        Set.copyOf(finder.inputs),
        Set.copyOf(finder.steps),
        Set.copyOf(finder.secrets));
  }

  @Override
  protected void visit(CelExpr expression, CelExpr.CelIdent ident) {
    if (!isShadowed(ident.name()) && CelCompilerFacade.VARIABLES.contains(ident.name())) {
      variables.add(ident.name());
    }
  }

  @Override
  protected void visit(CelExpr expression, CelSelect select) {
    member(select.operand(), select.field());
    super.visit(expression, select);
  }

  @Override
  protected void visit(CelExpr expression, CelCall call) {
    if (LiteralChecker.INDEXING.contains(call.function()) && call.args().size() == 2) {
      @Nullable String key = text(call.args().get(1));
      if (key != null) {
        member(call.args().getFirst(), key);
      }
    }
    if (call.function().equals(CelCompilerFacade.SECRET)) {
      @Nullable String name = text(call.args().getFirst());
      if (name == null || !Secrets.NAME.matcher(name).matches()) {
        throw new InvalidExpression(
            "secret() takes one name in quotes: up to 64 upper-case letters, digits and '_',"
                + " beginning with a letter");
      }
      if (Secrets.isSetting(name)) {
        throw new InvalidExpression(
            "secret(\"%s\") names a setting of a secret: names of secrets do not end in _ACCOUNTS or _HOSTS"
                .formatted(name));
      }
      secrets.add(name);
    }
    super.visit(expression, call);
  }

  private void member(CelExpr of, String name) {
    if (of.getKind() != CelExpr.ExprKind.Kind.IDENT || isShadowed(of.ident().name())) {
      return;
    }
    switch (of.ident().name()) {
      case CelCompilerFacade.INPUTS -> inputs.add(name);
      case CelCompilerFacade.STEPS -> steps.add(name);
      default -> {}
    }
  }
}
