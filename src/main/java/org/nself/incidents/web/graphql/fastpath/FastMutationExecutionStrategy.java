package org.nself.incidents.web.graphql.fastpath;

import graphql.execution.AsyncSerialExecutionStrategy;
import graphql.execution.DataFetcherExceptionHandler;
import graphql.execution.ExecutionContext;
import graphql.execution.ExecutionStrategyParameters;
import graphql.schema.GraphQLObjectType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How mutations are executed: one after another, as graphql-java does, and {@link
 * FastObjectCompletion} at once.
 */
public final class FastMutationExecutionStrategy extends AsyncSerialExecutionStrategy {

  public FastMutationExecutionStrategy(DataFetcherExceptionHandler failures) {
    super(failures);
  }

  @Override
  protected Object completeValueForObject(
      ExecutionContext context,
      ExecutionStrategyParameters parameters,
      GraphQLObjectType type,
      Object source) {
    @Nullable Map<String, @Nullable Object> plain =
        FastObjectCompletion.complete(context, fieldCollector, parameters, type, source);
    return plain == null ? super.completeValueForObject(context, parameters, type, source) : plain;
  }
}
