package org.nself.incidents.web.graphql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import graphql.analysis.FieldComplexityEnvironment;
import graphql.analysis.QueryComplexityCalculator;
import graphql.execution.AbortExecutionException;
import graphql.execution.ExecutionContext;
import graphql.language.Argument;
import graphql.language.Document;
import graphql.language.OperationDefinition;
import graphql.language.VariableReference;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.paging.PageRequest;

/**
 * What a query may cost: about the number of values in its answer. A connection costs what it holds
 * times the size of its page, whether that is written down or comes in a variable.
 *
 * <p>A document that is within the limit even with the largest pages that its variables could ask
 * for is judged once, any other one at each execution.
 */
final class QueryComplexity {

  static final int MAX = 100_000;

  /** Reads every event of a timeline, a few hundred as a rule. */
  private static final int VERIFICATION = 500;

  /** Reads every incident of the account that matches, some thousands as a rule. */
  private static final int COUNT = 2_000;

  /** A root field is a statement of its own, however little it gives; nested ones are batched. */
  private static final int STATEMENT = 50;

  /** Whether a document is within the limit whatever its variables; by identity. */
  private final Cache<Document, Boolean> cheap = Caffeine.newBuilder().weakKeys().build();

  /**
   * Refuses an operation that would cost too much.
   *
   * @throws AbortExecutionException which graphql-java answers as an error of the request
   */
  void check(ExecutionContext context) {
    if (cheap.get(context.getDocument(), _ -> isCheap(context))) {
      return;
    }
    int cost = calculator(context, false).calculate();
    if (cost > MAX) {
      throw new AbortExecutionException(
          "maximum query complexity exceeded %d > %d".formatted(cost, MAX));
    }
  }

  /**
   * A directive may leave a field out this time and not the next; of several operations one runs.
   */
  private static boolean isCheap(ExecutionContext context) {
    Document document = context.getDocument();
    return document.getDefinitionsOfType(OperationDefinition.class).size() == 1
        && context.getExecutionInput().getQuery().indexOf('@') < 0
        && calculator(context, true).calculate() <= MAX;
  }

  private static QueryComplexityCalculator calculator(ExecutionContext context, boolean dearest) {
    return QueryComplexityCalculator.newCalculator()
        .schema(context.getGraphQLSchema())
        .document(context.getDocument())
        .operationName(context.getExecutionInput().getOperationName())
        .variables(context.getCoercedVariables())
        .fieldComplexityCalculator((field, children) -> of(field, children, dearest))
        .build();
  }

  /**
   * @param dearest whether to take the largest page where the size comes in a variable
   */
  private static int of(FieldComplexityEnvironment field, int children, boolean dearest) {
    if (field.getField().getName().equals("timelineVerification")) {
      return VERIFICATION;
    }
    @Nullable FieldComplexityEnvironment parent = field.getParentEnvironment();
    if (parent != null
        && field.getField().getName().equals("totalCount")
        && field.getParentType().getName().equals("IncidentConnection")) {
      // The list multiplies what is in it by the size of its page, but counts once.
      return COUNT / pageSize(parent, dearest);
    }
    if (field.getFieldDefinition().getArgument("first") == null) {
      return 1 + children;
    }
    // Sizes beyond the limit are refused by name later; here they must not overflow.
    long own = parent == null ? STATEMENT : 1;
    return (int) Math.min(MAX + 1L, own + (long) children * pageSize(field, dearest));
  }

  private static int pageSize(FieldComplexityEnvironment list, boolean dearest) {
    for (Argument argument : list.getField().getArguments()) {
      if (!argument.getName().equals("first") && !argument.getName().equals("last")) {
        continue;
      }
      if (dearest && argument.getValue() instanceof VariableReference) {
        return PageRequest.MAX_SIZE;
      }
      if (list.getArguments().get(argument.getName()) instanceof Integer size) {
        return Math.clamp(size, 1, PageRequest.MAX_SIZE);
      }
    }
    return PageRequest.DEFAULT_SIZE;
  }
}
