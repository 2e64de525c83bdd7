package org.nself.incidents.web.graphql;

import graphql.GraphQLError;
import graphql.schema.DataFetchingEnvironment;
import java.util.concurrent.CompletionException;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.GraphQlApiError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.execution.DataFetcherExceptionResolverAdapter;

/**
 * Turns what a fetcher threw into a GraphQL error. What is no {@link ApiException} is a fault of
 * ours: logged whole, told as nothing.
 */
public final class GraphQlExceptionResolver extends DataFetcherExceptionResolverAdapter {

  private static final Logger log = LoggerFactory.getLogger(GraphQlExceptionResolver.class);

  @Override
  protected GraphQLError resolveToSingleError(
      Throwable thrown, DataFetchingEnvironment environment) {
    Throwable cause =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    if (cause instanceof ApiException problem) {
      return GraphQlApiError.of(problem, environment);
    }
    log.error("The field {} failed", environment.getField().getName(), cause);
    return GraphQlApiError.of(internalError(), environment);
  }

  /** What a fault of ours is told as. */
  public static ApiException internalError() {
    return ApiException.of(ErrorCode.INTERNAL, "Internal error; the log of the service says more");
  }

  /** The problem as an error that belongs to no field. */
  public static GraphQLError error(ApiException problem) {
    return GraphQlApiError.of(problem);
  }
}
