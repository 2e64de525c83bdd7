package org.nself.incidents.web.input;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/** Reads query parameters as an {@link InputReader}, whose errors have status 400. */
public final class QueryParameters {

  private QueryParameters() {}

  /**
   * For paths without query parameters.
   *
   * @throws ApiException {@code invalid}, naming the first given parameter
   */
  public static void rejectAny(HttpServletRequest request) {
    if (request.getQueryString() != null) {
      for (String name : parameters(request).keySet()) {
        throw ApiException.malformed(
            ApiException.excerpt(name), "unknown parameter; this path takes none");
      }
    }
  }

  /**
   * @param lists parameters with comma-separated values; an empty value is an empty list
   * @param numbers parameters with a whole number
   * @param prefixes parameters that are written as {@code prefix.NAME=value}, and are read as an
   *     object
   * @throws ApiException {@code invalid}, if a parameter is repeated
   */
  public static InputReader read(
      HttpServletRequest request, Set<String> lists, Set<String> numbers, Set<String> prefixes) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (Map.Entry<String, String[]> parameter : parameters(request).entrySet()) {
      String name = parameter.getKey();
      if (parameter.getValue().length > 1) {
        throw ApiException.malformed(
            ApiException.excerpt(name),
            "is given more than once" + (lists.contains(name) ? "; separate values by comma" : ""));
      }
      String value = parameter.getValue()[0];
      int dot = name.indexOf('.');
      if (prefixes.contains(name)) {
        throw ApiException.malformed(name, "is written %s.NAME=value".formatted(name));
      }
      if (dot > 0 && prefixes.contains(name.substring(0, dot))) {
        put(values, name.substring(0, dot), name.substring(dot + 1), value);
      } else if (lists.contains(name)) {
        values.put(name, value.isEmpty() ? List.of() : Arrays.asList(value.split(",", -1)));
      } else if (numbers.contains(name)) {
        values.put(name, number(value));
      } else {
        values.put(name, value);
      }
    }
    return InputReader.ofQuery(values);
  }

  /** Tomcat throws if a name is missing, or if the percent-encoding is not valid UTF-8. */
  private static Map<String, String[]> parameters(HttpServletRequest request) {
    try {
      return request.getParameterMap();
    } catch (IllegalStateException e) {
      throw ApiException.malformed(
          "The query string cannot be parsed; it must be name=value&…, percent-encoded UTF-8");
    }
  }

  @SuppressWarnings("unchecked")
  private static void put(
      Map<String, @Nullable Object> values, String object, String member, String value) {
    ((Map<String, @Nullable Object>)
            java.util.Objects.requireNonNull(
                values.computeIfAbsent(object, name -> new LinkedHashMap<>())))
        .put(member, value);
  }

  /** The number, or the text if it is not a number, which the reader then rejects. */
  private static Object number(String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      return value;
    }
  }
}
