package org.nself.incidents.security;

import graphql.schema.DataFetchingEnvironment;
import java.util.Objects;

/** Who is calling, for the fetchers of GraphQL. */
public final class GraphQlCaller {

  private GraphQlCaller() {}

  public static Caller of(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(environment.getGraphQlContext().get(Caller.ATTRIBUTE));
  }
}
