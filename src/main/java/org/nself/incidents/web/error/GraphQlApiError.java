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
 * Converts an {@link ApiException} to a GraphQL error with {@code extensions.code}, and with {@code
 * extensions.field} if an argument is invalid.
 */
public final class GraphQlApiError {

  private GraphQlApiError() {}

  /** With the path of the field that failed. */
  public static GraphQLError of(ApiException exception, DataFetchingEnvironment environment) {
    return finished(exception, GraphqlErrorBuilder.newError(environment));
  }

  /** Without path and locations. */
  public static GraphQLError of(ApiException exception) {
    return finished(exception, GraphqlErrorBuilder.newError());
  }

  /** With locations in the document. */
  public static GraphQLError of(ApiException exception, @Nullable List<SourceLocation> locations) {
    GraphqlErrorBuilder<?> error = GraphqlErrorBuilder.newError();
    return finished(exception, locations == null ? error : error.locations(locations));
  }

  private static GraphQLError finished(ApiException exception, GraphqlErrorBuilder<?> error) {
    Map<String, Object> extensions = new LinkedHashMap<>();
    extensions.put("code", exception.code().value());
    if (!exception.errors().isEmpty()) {
      extensions.put("field", exception.errors().getFirst().field());
      extensions.put(
          "errors",
          exception.errors().stream()
              .map(violation -> Map.of("field", violation.field(), "message", violation.message()))
              .toList());
    }
    if (!exception.allowed().isEmpty()) {
      // In upper case, as the values of the schema.
      List<String> allowed =
          exception.allowed().stream()
              .map(word -> word.toUpperCase(java.util.Locale.ROOT))
              .toList();
      extensions.put("allowed", allowed);
    }
    return error
        .message("%s", exception.detail())
        .errorType(ErrorClassification.errorClassification(exception.code().name()))
        .extensions(extensions)
        .build();
  }
}
