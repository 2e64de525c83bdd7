package org.nself.incidents.web.input;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/** Reads the parameters of a URL as an {@link InputReader}, whose problems then have status 400. */
public final class QueryParameters {

  private QueryParameters() {}

  /**
   * For paths that take no parameters.
   *
   * @throws ApiException {@code invalid}, naming the first that is given
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
   * @param lists parameters that hold several values, by comma; an empty one is an empty list
   * @param numbers parameters that hold a whole number
   * @param prefixes parameters that are written as {@code prefix.NAME=value}, and become an object
   *     of that name
   * @throws ApiException {@code invalid}, where a parameter is given twice
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

  /** The web server throws where a name is missing, or an encoding is broken or not of UTF-8. */
  private static Map<String, String[]> parameters(HttpServletRequest request) {
    try {
      return request.getParameterMap();
    } catch (IllegalStateException e) {
      throw ApiException.malformed(
          "The query of the URL cannot be read; it must be name=value&…, percent-encoded UTF-8");
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

  /** The number, or the text as it is where it is none, for the input to refuse by name. */
  private static Object number(String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      return value;
    }
  }
}
