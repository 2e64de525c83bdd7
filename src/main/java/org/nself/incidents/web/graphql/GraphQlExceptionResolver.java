package org.nself.incidents.web.graphql;

import graphql.GraphQLError;
import graphql.schema.DataFetchingEnvironment;
import java.util.concurrent.CompletionException;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.GraphQlApiError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.execution.DataFetcherExceptionResolverAdapter;

/**
 * Converts exceptions of data fetchers to GraphQL errors. An exception of unknown type is a fault
 * of the service: it is logged, and the client gets no details.
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
    if (cause instanceof ApiException exception) {
      return GraphQlApiError.of(exception, environment);
    }
    log.error("The field {} failed", environment.getField().getName(), cause);
    return GraphQlApiError.of(internalError(), environment);
  }

  /** The error for a fault of the service, which must have been logged. */
  public static ApiException internalError() {
    return ApiException.internal();
  }

  /** The exception as an error without a path. */
  public static GraphQLError error(ApiException exception) {
    return GraphQlApiError.of(exception);
  }
}
