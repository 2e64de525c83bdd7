package org.nself.incidents.web.graphql;

import graphql.ExecutionResult;
import graphql.GraphQLError;
import graphql.schema.DataFetchingEnvironment;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.response.ResponseSizeBudget;

/**
 * Measures results before they are written: a field is written as often as it is selected, under as
 * many aliases, and is in memory once.
 */
public final class GraphQlResponseSize {

  /** Longer texts are measured, shorter ones are estimated. */
  private static final int SHORT = 500;

  private static final int BYTES_OF_ERROR = 300;

  private GraphQlResponseSize() {}

  /** The budget of the response, or of the next result of the subscription. */
  public static ResponseSizeBudget budget(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(
        environment.getGraphQlContext().get(ResponseSizeBudget.ATTRIBUTE));
  }

  /**
   * Counts a result in the budget of its response; if it is too large, or there is no room for it,
   * an error takes its place.
   */
  public static ExecutionResult complete(ExecutionResult result, ResponseSizeBudget budget) {
    try {
      budget.complete(of((@Nullable Object) result.getData()) + ofErrors(result.getErrors()));
      return result;
    } catch (ApiException e) {
      GraphQLError error = GraphQlExceptionResolver.error(e);
      return ExecutionResult.newExecutionResult().addError(error).build();
    }
  }

  private static long ofErrors(List<GraphQLError> errors) {
    long sum = 0;
    for (GraphQLError error : errors) {
      sum += BYTES_OF_ERROR + error.getMessage().length();
      if (error.getPath() != null) {
        sum += of(error.getPath());
      }
      if (error.getExtensions() != null) {
        sum += of(error.getExtensions());
      }
    }
    return sum;
  }

  /** The approximate number of bytes of a value in JSON. */
  static long of(@Nullable Object value) {
    return switch (value) {
      case null -> 4;
      case String text -> 2 + length(text);
      case RawJson json -> length(json.text());
      case BigDecimal number -> number.precision() + 10L;
      case Map<?, ?> map -> {
        long sum = 2;
        for (Map.Entry<?, ?> member : map.entrySet()) {
          sum += 4 + String.valueOf(member.getKey()).length() + of(member.getValue());
        }
        yield sum;
      }
      case Collection<?> list -> {
        long sum = 2;
        for (Object item : list) {
          sum += 1 + of(item);
        }
        yield sum;
      }
      default -> 12;
    };
  }

  private static long length(String text) {
    if (text.length() <= SHORT) {
      return text.length();
    }
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    }
    return bytes;
  }
}
