package org.nself.incidents.expression;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelStandardFunctions;
import java.util.List;
import java.util.Set;
import org.nself.incidents.expression.check.LiteralChecker;
import org.nself.incidents.expression.check.MacroVariables;
import org.nself.incidents.expression.function.ExtensionFunctions;
import org.nself.incidents.expression.function.TextFunctions;

/**
 * Compiles CEL: the standard language and its extensions with four variables, the function secret
 * and limits on length, depth and iterations.
 */
final class CelCompilerFacade {

  static final String INCIDENT = "incident";
  static final String INPUTS = "inputs";
  static final String STEPS = "steps";

  /** The time of the evaluation, the same for all expressions that are evaluated together. */
  static final String NOW = "now";

  static final Set<String> VARIABLES = Set.of(INCIDENT, INPUTS, STEPS, NOW);

  static final String SECRET = "secret";
  static final String SECRET_OVERLOAD = "secret_string";

  static final String MATCHES = "matches";
  static final String MATCHES_METHOD = "matches_string";

  static final int MAX_LENGTH = 4_000;

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .maxExpressionCodePointSize(MAX_LENGTH)
          .maxParseRecursionDepth(100)
          .maxParseExpressionNodeCount(2_000)
          .comprehensionMaxIterations(10_000)
          .enableHeterogeneousNumericComparisons(true)
          .build();

  private static final MapType OBJECT = MapType.create(SimpleType.STRING, SimpleType.DYN);

  private final CelCompiler compiler =
      CelCompilerFactory.standardCelCompilerBuilder()
          .setOptions(OPTIONS)
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          // DYN rather than a map, so that it can be compared with null.
          .addVar(INCIDENT, SimpleType.DYN)
          .addVar(NOW, SimpleType.TIMESTAMP)
          .addVar(INPUTS, OBJECT)
          .addVar(STEPS, MapType.create(SimpleType.STRING, OBJECT))
          .addFunctionDeclarations(
              CelFunctionDecl.newFunctionDeclaration(
                  SECRET,
                  CelOverloadDecl.newGlobalOverload(
                      SECRET_OVERLOAD, SimpleType.STRING, SimpleType.STRING)))
          .addFunctionDeclarations(TextFunctions.DECLARATIONS)
          .addLibraries(ExtensionFunctions.compilerLibraries(OPTIONS))
          .build();

  private final CelRuntime runtime =
      CelRuntimeFactory.plannerRuntimeBuilder()
          .setOptions(OPTIONS)
          .setStandardFunctions(
              CelStandardFunctions.newBuilder()
                  .excludeFunctions(
                      CelStandardFunctions.StandardFunction.MATCHES,
                      CelStandardFunctions.StandardFunction.STRING,
                      CelStandardFunctions.StandardFunction.DURATION)
                  .build())
          .addFunctionBindings(TextFunctions.BINDINGS)
          .addFunctionBindings(ExtensionFunctions.BINDINGS)
          .addLibraries(ExtensionFunctions.runtimeLibraries(OPTIONS))
          // Bound for each evaluation: matches is charged before it runs.
          .addLateBoundFunctions(SECRET, MATCHES)
          .build();

  /**
   * @param start the position of the expression in the condition or template
   * @throws InvalidExpression with the reason and the position
   */
  Expression compile(String text, SourcePosition start) {
    if (text.isBlank()) {
      throw new InvalidExpression("there is no expression" + start);
    }
    try {
      CelAbstractSyntaxTree tree = compiler.compile(text).getAst();
      return new Expression(
          text,
          runtime.createProgram(tree),
          tree.getResultType(),
          ReferenceFinder.in(tree),
          MacroVariables.in(tree),
          LiteralChecker.findError(tree, INCIDENT, STEPS));
    } catch (CelValidationException e) {
      throw new InvalidExpression(describe(e.getErrors(), start));
    } catch (CelEvaluationException e) {
      throw new InvalidExpression("the expression cannot be compiled" + start);
    }
  }

  /** Describes the first error; later ones are mostly consequences of it. */
  private static String describe(List<CelIssue> issues, SourcePosition start) {
    CelIssue issue = issues.getFirst();
    String message =
        issue
            .getMessage()
            .replace(" (in container '')", "")
            .replaceFirst("(?s) expecting \\{.*", "")
            .replaceFirst("(?s) \\(candidates: .*", "")
            .replaceFirst(
                "^invalid argument to has\\(\\) macro",
                "has() takes a member such as has(incident.owner); for a key in brackets, write"
                    + " 'key' in map");
    return message + start.plus(issue.getSourceLocation());
  }
}
