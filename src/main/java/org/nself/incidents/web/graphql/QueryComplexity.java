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
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.paging.PageRequest;

/**
 * Limits the complexity of operations: about the number of values in the response. A connection
 * multiplies the complexity of its selection by the page size, whether it is a literal or a
 * variable.
 *
 * <p>A document that is within the limit for any variables is checked once, other documents for
 * each execution.
 */
final class QueryComplexity {

  static final int MAX = 100_000;

  /** Reads every event of a timeline, typically a few hundred. */
  private static final int VERIFICATION = 500;

  /** Reads every matching incident of the account, typically some thousands. */
  private static final int COUNT = 2_000;

  /** Reads a runbook, which may have a megabyte, and evaluates its expressions. */
  private static final int PLAN = 2_000;

  /** A field that takes a statement of its own. */
  private static final int STATEMENT = 50;

  /** Root fields that take none, or one for all aliases; every other takes its own. */
  private static final Set<String> BATCHED =
      Set.of("incident", "runbook", "runbookExecution", "node", "me");

  /** Whether a document is within the limit for any variables; by identity. */
  private final Cache<Document, Boolean> cheap = Caffeine.newBuilder().weakKeys().build();

  /**
   * Rejects an operation that exceeds the limit.
   *
   * @throws AbortExecutionException which graphql-java reports as an error of the request
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

  /** What the operation costs with its variables. */
  static int of(ExecutionContext context) {
    return calculator(context, false).calculate();
  }

  /**
   * Directives may include a field depending on variables, and only one of several operations runs.
   */
  private static boolean isCheap(ExecutionContext context) {
    Document document = context.getDocument();
    return document.getDefinitionsOfType(OperationDefinition.class).size() == 1
        && context.getExecutionInput().getQuery().indexOf('@') < 0
        && calculator(context, true).calculate() <= MAX;
  }

  private static QueryComplexityCalculator calculator(ExecutionContext context, boolean worstCase) {
    return QueryComplexityCalculator.newCalculator()
        .schema(context.getGraphQLSchema())
        .document(context.getDocument())
        .operationName(context.getExecutionInput().getOperationName())
        .variables(context.getCoercedVariables())
        .fieldComplexityCalculator((field, children) -> of(field, children, worstCase))
        .build();
  }

  /**
   * @param worstCase whether to assume the largest page for a size given by a variable
   */
  private static int of(FieldComplexityEnvironment field, int children, boolean worstCase) {
    if (field.getField().getName().equals("timelineVerification")) {
      return VERIFICATION;
    }
    @Nullable FieldComplexityEnvironment parent = field.getParentEnvironment();
    if (parent != null && field.getField().getName().equals("totalCount")) {
      // The list multiplies its selection by the page size, but counts only once.
      return Math.max(
          1,
          switch (field.getParentType().getName()) {
                case "IncidentConnection" -> COUNT;
                case "RunbookConnection" -> STATEMENT + (searches(parent, worstCase) ? COUNT : 0);
                default -> 1;
              }
              / pageSize(parent, worstCase));
    }
    boolean list = field.getFieldDefinition().getArgument("first") != null;
    long own;
    if (parent == null) {
      own = (long) ofRoot(field) + (list && searches(field, worstCase) ? COUNT : 0);
    } else if (list) {
      // All parents with the same arguments share a statement.
      own = Math.max(1, STATEMENT / parents(field, worstCase));
    } else {
      own = 1;
    }
    // Page sizes out of range are rejected later; here they must not overflow.
    long rows = list ? pageSize(field, worstCase) : 1;
    return (int) Math.min(MAX + 1L, own + children * rows);
  }

  private static int ofRoot(FieldComplexityEnvironment field) {
    String name = field.getField().getName();
    return switch (name) {
      case "planRunbook" -> PLAN;
      case "incidentMetrics", "incidentHeatmap" -> COUNT;
      default ->
          BATCHED.contains(name)
                  || name.startsWith("__")
                  || field.getParentType().getName().equals("Subscription")
              ? 1
              : STATEMENT;
    };
  }

  /** How many objects have this field: the product of the page sizes around it. */
  private static long parents(FieldComplexityEnvironment field, boolean worstCase) {
    long parents = 1;
    for (@Nullable FieldComplexityEnvironment around = field.getParentEnvironment();
        around != null && parents < STATEMENT;
        around = around.getParentEnvironment()) {
      if (around.getFieldDefinition().getArgument("first") != null) {
        parents *= pageSize(around, worstCase);
      }
    }
    return parents;
  }

  /** Whether a list compares texts. */
  private static boolean searches(FieldComplexityEnvironment list, boolean worstCase) {
    @Nullable Object filter = list.getArguments().get("filter");
    boolean given =
        list.getField().getArguments().stream()
            .anyMatch(argument -> argument.getName().equals("filter"));
    return worstCase ? given : filter instanceof Map<?, ?> members && members.get("search") != null;
  }

  private static int pageSize(FieldComplexityEnvironment list, boolean worstCase) {
    for (Argument argument : list.getField().getArguments()) {
      if (!argument.getName().equals("first") && !argument.getName().equals("last")) {
        continue;
      }
      if (worstCase && argument.getValue() instanceof VariableReference) {
        return PageRequest.MAX_SIZE;
      }
      if (list.getArguments().get(argument.getName()) instanceof Integer size) {
        return Math.clamp(size, 1, PageRequest.MAX_SIZE);
      }
    }
    return PageRequest.DEFAULT_SIZE;
  }
}
