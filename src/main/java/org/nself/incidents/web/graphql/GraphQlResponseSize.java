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
      Measure measure = new Measure(budget.maxOfComplete());
      measure.add((@Nullable Object) result.getData());
      measure.addErrors(result.getErrors());
      budget.complete(measure.bytes);
      return result;
    } catch (ApiException e) {
      GraphQLError error = GraphQlExceptionResolver.error(e);
      return ExecutionResult.newExecutionResult().addError(error).build();
    }
  }

  /** Adds up the approximate number of bytes in JSON. */
  private static final class Measure {

    private final long limit;
    private long bytes;

    /**
     * @param limit the bytes at which to stop
     */
    Measure(long limit) {
      this.limit = limit;
    }

    void addErrors(List<GraphQLError> errors) {
      for (GraphQLError error : errors) {
        bytes += (long) BYTES_OF_ERROR + error.getMessage().length();
        if (error.getPath() != null) {
          add(error.getPath());
        }
        if (error.getExtensions() != null) {
          add(error.getExtensions());
        }
      }
    }

    void add(@Nullable Object value) {
      if (bytes > limit) {
        return;
      }
      switch (value) {
        case null -> bytes += 4;
        case String text -> bytes += 2L + length(text);
        case RawJson json -> bytes += length(json.text());
        case BigDecimal number -> bytes += number.precision() + 10L;
        case Map<?, ?> map -> {
          bytes += 2;
          for (Map.Entry<?, ?> member : map.entrySet()) {
            bytes += 4L + String.valueOf(member.getKey()).length();
            add(member.getValue());
          }
        }
        case Collection<?> list -> {
          bytes += 2;
          for (Object item : list) {
            bytes++;
            add(item);
          }
        }
        default -> bytes += 12;
      }
    }
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
