package org.nself.incidents.web.graphql;

import graphql.ExecutionResult;
import graphql.execution.AbortExecutionException;
import graphql.execution.ExecutionContext;
import graphql.execution.instrumentation.InstrumentationContext;
import graphql.execution.instrumentation.InstrumentationState;
import graphql.execution.instrumentation.SimpleInstrumentationContext;
import graphql.execution.instrumentation.SimplePerformantInstrumentation;
import graphql.execution.instrumentation.parameters.InstrumentationExecuteOperationParameters;
import graphql.execution.instrumentation.parameters.InstrumentationExecutionParameters;
import graphql.language.OperationDefinition;
import graphql.schema.DataFetchingEnvironment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.GraphQlApiError;
import org.nself.incidents.web.input.ProcessorPool;

/**
 * Rejects operations that exceed the complexity limit, and mutations where none is allowed;
 * describes invalid arguments.
 *
 * <p>The only instrumentation, and not a bean: Spring would put it into a chain, which graphql-java
 * calls five times for each field of each row.
 */
public final class QueryCostInstrumentation extends SimplePerformantInstrumentation {

  private static final String COMPLEXITY = "nself.complexity";

  private final QueryComplexity cost = new QueryComplexity();
  private final ProcessorPool pool;

  /**
   * @param pool checks long documents
   */
  public QueryCostInstrumentation(ProcessorPool pool) {
    this.pool = pool;
  }

  /** What each result of a subscription costs, about the number of its values. */
  public static int complexity(DataFetchingEnvironment subscription) {
    return subscription.getGraphQlContext().getOrDefault(COMPLEXITY, 1);
  }

  @Override
  public InstrumentationContext<ExecutionResult> beginExecuteOperation(
      InstrumentationExecuteOperationParameters parameters, @Nullable InstrumentationState state) {
    ExecutionContext context = parameters.getExecutionContext();
    requireAllowed(context);
    PreparsedDocumentCache.run(
        pool,
        context.getExecutionInput(),
        () -> {
          cost.check(context);
          if (context.getOperationDefinition().getOperation()
              == OperationDefinition.Operation.SUBSCRIPTION) {
            context.getGraphQLContext().put(COMPLEXITY, QueryComplexity.of(context));
          }
          return true;
        });
    return SimpleInstrumentationContext.noOp();
  }

  private static void requireAllowed(ExecutionContext context) {
    if (context.getOperationDefinition().getOperation() == OperationDefinition.Operation.MUTATION
        && !context.getGraphQLContext().getOrDefault(GraphQlRequestInterceptor.MUTATES, true)) {
      throw new AbortExecutionException(
          List.of(
              GraphQlApiError.of(
                  ApiException.of(
                      ErrorCode.METHOD_NOT_ALLOWED,
                      "GET is for queries and subscriptions; send a mutation with POST"))));
    }
  }

  @Override
  public CompletableFuture<ExecutionResult> instrumentExecutionResult(
      ExecutionResult result,
      InstrumentationExecutionParameters parameters,
      @Nullable InstrumentationState state) {
    return CompletableFuture.completedFuture(
        result.getErrors().isEmpty()
            ? result
            : PreparsedDocumentCache.run(
                pool,
                parameters.getExecutionInput(),
                () -> ArgumentErrors.describe(result, parameters)));
  }
}
