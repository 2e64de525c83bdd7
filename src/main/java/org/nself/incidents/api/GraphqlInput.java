package org.nself.incidents.api;

import graphql.schema.DataFetchingEnvironment;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code input} argument that every mutation has, and other arguments that are objects.
 */
public final class GraphqlInput {

  private GraphqlInput() {}

  public static Input of(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(of(environment, "input"));
  }

  /** Null where the argument is null or absent. */
  public static @Nullable Input of(DataFetchingEnvironment environment, String argument) {
    @Nullable Map<String, @Nullable Object> values = environment.getArgument(argument);
    return values == null ? null : new Input(values, Naming.CAMEL_CASE);
  }
}
