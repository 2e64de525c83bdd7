package org.nself.incidents.expression.check;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelComprehension;
import dev.cel.common.ast.CelExprVisitor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Visits an expression and knows which variables a macro such as {@code all(steps, …)} shadows. */
public abstract class ScopedVisitor extends CelExprVisitor {

  /** Innermost last. */
  private final List<String> shadows = new ArrayList<>();

  @Override
  protected final void visit(CelExpr expression, CelComprehension comprehension) {
    visit(comprehension.iterRange());
    visit(comprehension.accuInit());
    shadows.add(comprehension.iterVar());
    shadows.add(comprehension.iterVar2());
    // The variable of optMap.
    shadows.add(comprehension.accuVar());
    visit(comprehension.loopCondition());
    visit(comprehension.loopStep());
    visit(comprehension.result());
    shadows.removeLast();
    shadows.removeLast();
    shadows.removeLast();
  }

  /** Whether a variable is another here than that of the context. */
  protected final boolean isShadowed(String variable) {
    return shadows.contains(variable);
  }

  /** The value of a string literal; null for another expression. */
  protected static @Nullable String text(CelExpr expression) {
    return expression.getKind() == CelExpr.ExprKind.Kind.CONSTANT
            && expression.constant().getKind() == CelConstant.Kind.STRING_VALUE
        ? expression.constant().stringValue()
        : null;
  }
}
