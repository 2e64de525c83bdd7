package org.nself.incidents.account;

import graphql.schema.DataFetchingEnvironment;
import java.util.Objects;

/** Who is calling, for the fetchers of GraphQL. */
public final class GraphqlCaller {

  private GraphqlCaller() {}

  public static Caller of(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(environment.getGraphQlContext().get(Caller.ATTRIBUTE));
  }
}
