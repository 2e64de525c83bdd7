package org.nself.incidents.web.graphql;

import graphql.ExecutionResult;
import graphql.execution.instrumentation.InstrumentationContext;
import graphql.execution.instrumentation.InstrumentationState;
import graphql.execution.instrumentation.SimpleInstrumentationContext;
import graphql.execution.instrumentation.SimplePerformantInstrumentation;
import graphql.execution.instrumentation.parameters.InstrumentationExecuteOperationParameters;
import graphql.execution.instrumentation.parameters.InstrumentationExecutionParameters;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What is checked of an operation before it is executed, and told of afterwards.
 *
 * <p>The only instrumentation, and no bean: Spring would put it into a chain, through which
 * graphql-java goes five times for each field of each row to find that nobody looks at fields.
 */
public final class QueryCostInstrumentation extends SimplePerformantInstrumentation {

  private final QueryComplexity cost = new QueryComplexity();

  @Override
  public InstrumentationContext<ExecutionResult> beginExecuteOperation(
      InstrumentationExecuteOperationParameters parameters, @Nullable InstrumentationState state) {
    cost.check(parameters.getExecutionContext());
    return SimpleInstrumentationContext.noOp();
  }

  @Override
  public CompletableFuture<ExecutionResult> instrumentExecutionResult(
      ExecutionResult result,
      InstrumentationExecutionParameters parameters,
      @Nullable InstrumentationState state) {
    return CompletableFuture.completedFuture(ArgumentErrorTranslator.told(result, parameters));
  }
}
