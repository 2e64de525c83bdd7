package org.nself.incidents.web.graphql;

import graphql.GraphQLError;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.GraphQlApiError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.execution.SubscriptionExceptionResolverAdapter;

/** Like {@link GraphQlExceptionResolver}, for exceptions that end a running subscription. */
public final class GraphQlSubscriptionExceptionResolver
    extends SubscriptionExceptionResolverAdapter {

  private static final Logger log =
      LoggerFactory.getLogger(GraphQlSubscriptionExceptionResolver.class);

  @Override
  protected GraphQLError resolveToSingleError(Throwable thrown) {
    if (thrown instanceof ApiException exception) {
      return GraphQlApiError.of(exception);
    }
    log.error("A subscription failed", thrown);
    return GraphQlApiError.of(GraphQlExceptionResolver.internalError());
  }
}
