package org.nself.incidents.expression;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.CelByteString;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelStandardFunctions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.nself.incidents.expression.check.LiteralChecker;

/**
 * Compiles CEL: the standard language with three variables, one function and limits on length,
 * depth and iterations.
 */
final class CelCompilerFacade {

  static final String INCIDENT = "incident";
  static final String INPUTS = "inputs";
  static final String STEPS = "steps";
  static final Set<String> VARIABLES = Set.of(INCIDENT, INPUTS, STEPS);

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

  /** As the standard has it, but doubles without exponents, as templates write them. */
  private static final Set<CelFunctionBinding> STRING_FUNCTION =
      CelFunctionBinding.fromOverloads(
          "string",
          CelFunctionBinding.from("string_to_string", String.class, text -> text),
          CelFunctionBinding.from("int64_to_string", Long.class, String::valueOf),
          CelFunctionBinding.from("uint64_to_string", UnsignedLong.class, String::valueOf),
          CelFunctionBinding.from("double_to_string", Double.class, CelValues::plain),
          CelFunctionBinding.from("bool_to_string", Boolean.class, String::valueOf),
          CelFunctionBinding.from(
              "bytes_to_string", CelByteString.class, CelByteString::toStringUtf8),
          CelFunctionBinding.from("timestamp_to_string", Instant.class, String::valueOf),
          CelFunctionBinding.from("duration_to_string", Duration.class, CelValues::seconds));

  private static final MapType OBJECT = MapType.create(SimpleType.STRING, SimpleType.DYN);

  private final CelCompiler compiler =
      CelCompilerFactory.standardCelCompilerBuilder()
          .setOptions(OPTIONS)
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          // DYN rather than a map, so that it can be compared with null.
          .addVar(INCIDENT, SimpleType.DYN)
          .addVar(INPUTS, OBJECT)
          .addVar(STEPS, MapType.create(SimpleType.STRING, OBJECT))
          .addFunctionDeclarations(
              CelFunctionDecl.newFunctionDeclaration(
                  SECRET,
                  CelOverloadDecl.newGlobalOverload(
                      SECRET_OVERLOAD, SimpleType.STRING, SimpleType.STRING)))
          .build();

  private final CelRuntime runtime =
      CelRuntimeFactory.plannerRuntimeBuilder()
          .setOptions(OPTIONS)
          .setStandardFunctions(
              CelStandardFunctions.newBuilder()
                  .excludeFunctions(
                      CelStandardFunctions.StandardFunction.MATCHES,
                      CelStandardFunctions.StandardFunction.STRING)
                  .build())
          .addFunctionBindings(STRING_FUNCTION)
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
          runtime.createProgram(tree),
          tree.getResultType(),
          ReferenceFinder.in(tree),
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
            .replaceFirst("(?s) \\(candidates: .*", "");
    return message + start.plus(issue.getSourceLocation());
  }
}
