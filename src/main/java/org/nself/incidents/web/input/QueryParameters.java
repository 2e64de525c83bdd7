package org.nself.incidents.web.input;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/** Reads query parameters as an {@link InputReader}, whose errors have status 400. */
public final class QueryParameters {

  /** A value with more commas, or a longer one, is meant as a list. */
  private static final int MAX_PARTS = 10;

  private static final int MAX_WHOLE = 100;

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
   * @param lists parameters with comma-separated values, which can also be repeated; an empty value
   *     is an empty list
   * @param numbers parameters with a whole number
   * @param prefixes parameters that are written as {@code prefix.NAME=value} or {@code
   *     prefix=NAME:value}, and are read as an object
   * @throws ApiException {@code invalid}, if another parameter is repeated
   */
  public static InputReader read(
      HttpServletRequest request, Set<String> lists, Set<String> numbers, Set<String> prefixes) {
    return read(request, lists, Set.of(), numbers, prefixes);
  }

  /**
   * @param texts lists as well, whose values may contain commas: one in double quotes is not
   *     divided, and one that is divided also counts as a whole
   */
  public static InputReader read(
      HttpServletRequest request,
      Set<String> lists,
      Set<String> texts,
      Set<String> numbers,
      Set<String> prefixes) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (Map.Entry<String, String[]> parameter : parameters(request).entrySet()) {
      String name = parameter.getKey();
      String[] given = parameter.getValue();
      int dot = name.indexOf('.');
      if (prefixes.contains(name)) {
        for (String pair : given) {
          int colon = pair.indexOf(':');
          if (colon < 1) {
            throw ApiException.malformed(
                name, "is written %s=NAME:value or %s.NAME=value".formatted(name, name));
          }
          put(values, name, pair.substring(0, colon), pair.substring(colon + 1));
        }
      } else if (lists.contains(name)) {
        values.put(name, Arrays.stream(given).flatMap(QueryParameters::divide).toList());
      } else if (texts.contains(name)) {
        values.put(name, Arrays.stream(given).flatMap(QueryParameters::divideText).toList());
      } else if (given.length > 1) {
        throw ApiException.malformed(ApiException.excerpt(name), "is given more than once");
      } else if (dot > 0 && prefixes.contains(name.substring(0, dot))) {
        put(values, name.substring(0, dot), name.substring(dot + 1), given[0]);
      } else if (numbers.contains(name)) {
        values.put(name, number(given[0]));
      } else {
        values.put(name, given[0]);
      }
    }
    return InputReader.ofQuery(values);
  }

  private static Stream<String> divide(String value) {
    return value.isEmpty() ? Stream.of() : Arrays.stream(value.split(",", -1));
  }

  private static Stream<String> divideText(String value) {
    if (value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")) {
      return Stream.of(value.substring(1, value.length() - 1));
    }
    List<String> parts = divide(value).toList();
    return parts.size() > 1 && parts.size() <= MAX_PARTS && value.length() <= MAX_WHOLE
        ? Stream.concat(Stream.of(value), parts.stream())
        : parts.stream();
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
