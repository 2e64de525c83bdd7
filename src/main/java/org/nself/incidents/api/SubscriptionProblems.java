package org.nself.incidents.api;

import graphql.GraphQLError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.execution.SubscriptionExceptionResolverAdapter;

/** As {@link GraphqlProblems}, for what ends a subscription that had begun. */
public final class SubscriptionProblems extends SubscriptionExceptionResolverAdapter {

  private static final Logger log = LoggerFactory.getLogger(SubscriptionProblems.class);

  @Override
  protected GraphQLError resolveToSingleError(Throwable thrown) {
    if (thrown instanceof Problem problem) {
      return GraphqlProblem.of(problem);
    }
    log.error("A subscription failed", thrown);
    return GraphqlProblem.of(GraphqlProblems.internal());
  }
}
