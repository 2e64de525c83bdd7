package org.nself.incidents.api;

import graphql.GraphQLError;
import graphql.schema.DataFetchingEnvironment;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.execution.DataFetcherExceptionResolverAdapter;

/**
 * Turns what a fetcher threw into a GraphQL error. What is no {@link Problem} is a fault of ours:
 * logged whole, told as nothing.
 */
public final class GraphqlProblems extends DataFetcherExceptionResolverAdapter {

  private static final Logger log = LoggerFactory.getLogger(GraphqlProblems.class);

  @Override
  protected GraphQLError resolveToSingleError(
      Throwable thrown, DataFetchingEnvironment environment) {
    Throwable cause =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    if (cause instanceof Problem problem) {
      return GraphqlProblem.of(problem, environment);
    }
    log.error("The field {} failed", environment.getField().getName(), cause);
    return GraphqlProblem.of(internal(), environment);
  }

  /** What a fault of ours is told as. */
  public static Problem internal() {
    return Problem.of(ProblemCode.INTERNAL, "Internal error; the log of the service says more");
  }

  /** The problem as an error that belongs to no field. */
  public static GraphQLError error(Problem problem) {
    return GraphqlProblem.of(problem);
  }
}
