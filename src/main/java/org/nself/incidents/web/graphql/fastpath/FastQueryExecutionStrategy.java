package org.nself.incidents.web.graphql.fastpath;

import graphql.execution.AsyncExecutionStrategy;
import graphql.execution.DataFetcherExceptionHandler;
import graphql.execution.ExecutionContext;
import graphql.execution.ExecutionStrategyParameters;
import graphql.schema.GraphQLObjectType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** graphql-java's strategy for queries, with {@link FastObjectCompletion}. */
public final class FastQueryExecutionStrategy extends AsyncExecutionStrategy {

  public FastQueryExecutionStrategy(DataFetcherExceptionHandler exceptionHandler) {
    super(exceptionHandler);
  }

  @Override
  protected Object completeValueForObject(
      ExecutionContext context,
      ExecutionStrategyParameters parameters,
      GraphQLObjectType type,
      Object source) {
    @Nullable Map<String, @Nullable Object> completed =
        FastObjectCompletion.complete(context, fieldCollector, parameters, type, source);
    return completed == null
        ? super.completeValueForObject(context, parameters, type, source)
        : completed;
  }
}
