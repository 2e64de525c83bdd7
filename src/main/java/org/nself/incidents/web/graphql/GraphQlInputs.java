package org.nself.incidents.web.graphql;

import graphql.schema.DataFetchingEnvironment;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;

/** Reads the {@code input} argument of mutations, and other input objects. */
public final class GraphQlInputs {

  private GraphQlInputs() {}

  public static InputReader of(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(of(environment, "input"));
  }

  /** Null where the argument is null or absent. */
  public static @Nullable InputReader of(DataFetchingEnvironment environment, String argument) {
    @Nullable Map<String, @Nullable Object> values = environment.getArgument(argument);
    return values == null ? null : new InputReader(values, NamingStyle.CAMEL_CASE);
  }
}
