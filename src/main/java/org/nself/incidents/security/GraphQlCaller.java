package org.nself.incidents.security;

import graphql.schema.DataFetchingEnvironment;
import java.util.Objects;

/** Gives data fetchers the {@link Caller} of the request. */
public final class GraphQlCaller {

  private GraphQlCaller() {}

  public static Caller of(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(environment.getGraphQlContext().get(Caller.ATTRIBUTE));
  }
}
