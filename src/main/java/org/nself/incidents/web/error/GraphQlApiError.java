package org.nself.incidents.web.error;

import graphql.ErrorClassification;
import graphql.GraphQLError;
import graphql.GraphqlErrorBuilder;
import graphql.language.SourceLocation;
import graphql.schema.DataFetchingEnvironment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A problem as GraphQL shows it: {@code extensions.code}, and {@code extensions.field} where an
 * argument is at fault.
 */
public final class GraphQlApiError {

  private GraphQlApiError() {}

  /** At the field that failed. */
  public static GraphQLError of(ApiException problem, DataFetchingEnvironment environment) {
    return finished(problem, GraphqlErrorBuilder.newError(environment));
  }

  /** Of no place in the request. */
  public static GraphQLError of(ApiException problem) {
    return finished(problem, GraphqlErrorBuilder.newError());
  }

  /** Of the request as a whole. */
  public static GraphQLError of(ApiException problem, @Nullable List<SourceLocation> locations) {
    GraphqlErrorBuilder<?> error = GraphqlErrorBuilder.newError();
    return finished(problem, locations == null ? error : error.locations(locations));
  }

  private static GraphQLError finished(ApiException problem, GraphqlErrorBuilder<?> error) {
    Map<String, Object> extensions = new LinkedHashMap<>();
    extensions.put("code", problem.code().value());
    if (!problem.errors().isEmpty()) {
      extensions.put("field", problem.errors().getFirst().field());
      extensions.put(
          "errors",
          problem.errors().stream()
              .map(violation -> Map.of("field", violation.field(), "message", violation.message()))
              .toList());
    }
    if (!problem.allowed().isEmpty()) {
      // As the schema spells them.
      List<String> allowed =
          problem.allowed().stream().map(word -> word.toUpperCase(java.util.Locale.ROOT)).toList();
      extensions.put("allowed", allowed);
    }
    return error
        .message("%s", problem.detail())
        .errorType(ErrorClassification.errorClassification(problem.code().name()))
        .extensions(extensions)
        .build();
  }
}
