package org.nself.incidents.expression.check;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelComprehension;
import dev.cel.common.ast.CelExprVisitor;
import java.util.HashMap;
import java.util.Map;

/**
 * Which variables macros bind to the values of which expressions.
 *
 * @param elements the variable that is bound to each element, by the id of the expression of the
 *     list or map
 * @param values the variable that is bound to the value, by the id of its expression
 */
public record MacroVariables(Map<Long, String> elements, Map<Long, String> values) {

  /** The prefix of the variables in which macros collect their result. */
  private static final String ACCUMULATORS = "@";

  public static MacroVariables in(CelAbstractSyntaxTree tree) {
    Map<Long, String> elements = new HashMap<>();
    Map<Long, String> values = new HashMap<>();
    new CelExprVisitor() {
      @Override
      protected void visit(CelExpr expression, CelComprehension comprehension) {
        elements.put(comprehension.iterRange().id(), comprehension.iterVar());
        if (!isAccumulator(comprehension.accuVar())) {
          values.put(comprehension.accuInit().id(), comprehension.accuVar());
        }
        super.visit(expression, comprehension);
      }
    }.visit(tree);
    return new MacroVariables(Map.copyOf(elements), Map.copyOf(values));
  }

  public static boolean isAccumulator(String variable) {
    return variable.startsWith(ACCUMULATORS);
  }
}
