package org.nself.incidents.api;

import graphql.GraphQLError;
import graphql.GraphqlErrorBuilder;
import graphql.schema.DataFetchingEnvironment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A problem as GraphQL shows it: {@code extensions.code}, and {@code extensions.field} where an
 * argument is at fault.
 */
final class GraphqlProblem {

  private GraphqlProblem() {}

  static GraphQLError of(Problem problem, @Nullable DataFetchingEnvironment environment) {
    Map<String, Object> extensions = new LinkedHashMap<>();
    extensions.put("code", problem.code().word());
    if (!problem.violations().isEmpty()) {
      extensions.put("field", problem.violations().getFirst().field());
      extensions.put(
          "errors",
          problem.violations().stream()
              .map(violation -> Map.of("field", violation.field(), "message", violation.message()))
              .toList());
    }
    if (!problem.allowed().isEmpty()) {
      // As the schema spells them.
      List<String> allowed =
          problem.allowed().stream().map(word -> word.toUpperCase(java.util.Locale.ROOT)).toList();
      extensions.put("allowed", allowed);
    }
    GraphqlErrorBuilder<?> error =
        environment == null
            ? GraphqlErrorBuilder.newError()
            : GraphqlErrorBuilder.newError(environment);
    return error.message("%s", problem.detail()).extensions(extensions).build();
  }
}
