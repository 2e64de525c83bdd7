package org.nself.incidents.web.graphql.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/**
 * Reads GraphQL requests: the body of a POST as strictly as any other body, or the parameters of a
 * GET. Names the invalid member. Ignores unknown members and parameters, as GraphQL over HTTP
 * requires.
 */
public final class GraphQlRequestReader {

  private final StrictJson json;
  private final PersistedQueries persisted;

  public GraphQlRequestReader(StrictJson json, PersistedQueries persisted) {
    this.json = json;
    this.persisted = persisted;
  }

  /**
   * Reads a request.
   *
   * @param account of the caller, who has persisted queries of its own
   * @return {@code query}, {@code operationName} if there is one, and {@code variables}
   * @throws ApiException naming what is invalid
   */
  public Map<String, @Nullable Object> read(HttpServletRequest request, String account)
      throws IOException {
    if (!request.getMethod().equals("POST")) {
      return of(parameters(request), account);
    }
    requireJson(request.getContentType());
    byte[] body = request.getInputStream().readAllBytes();
    if (body.length > 0 && body[0] == '[') {
      throw ApiException.malformed("Batches are not supported; send one request at a time");
    }
    return of(json.parseObject(body), account);
  }

  private static void requireJson(@Nullable String given) {
    try {
      @Nullable MediaType type = given == null ? null : MediaType.parseMediaType(given);
      if (type != null
          && (MediaType.APPLICATION_JSON.includes(type)
              || MediaType.APPLICATION_GRAPHQL_RESPONSE.includes(type))) {
        return;
      }
    } catch (InvalidMediaTypeException e) {
      // Refused below.
    }
    throw ApiException.of(
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        given == null
            ? "Content-Type is missing; send application/json"
            : "Content-Type %s is not supported; send application/json"
                .formatted(ApiException.excerpt(given)));
  }

  private Map<String, @Nullable Object> parameters(HttpServletRequest request) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("query", parameter(request, "query"));
    members.put("operationName", parameter(request, "operationName"));
    for (String object : new String[] {"variables", "extensions"}) {
      @Nullable String text = parameter(request, object);
      members.put(object, text == null || text.equals("null") ? null : parse(object, text));
    }
    return members;
  }

  private static @Nullable String parameter(HttpServletRequest request, String name) {
    String @Nullable [] values = request.getParameterValues(name);
    if (values == null) {
      return null;
    }
    if (values.length > 1) {
      throw ApiException.malformed(name, "is given more than once");
    }
    return values[0].isEmpty() ? null : values[0];
  }

  private Map<String, @Nullable Object> parse(String parameter, String text) {
    try {
      return json.parseObject(text.getBytes(StandardCharsets.UTF_8));
    } catch (ApiException e) {
      throw ApiException.malformed(
          parameter, "must be a JSON object, percent-encoded: " + e.detail());
    }
  }

  private Map<String, @Nullable Object> of(Map<String, @Nullable Object> members, String account) {
    InputReader input = new InputReader(members, NamingStyle.CAMEL_CASE);
    @Nullable String query = text(input, "query");
    Map<String, @Nullable Object> request = new LinkedHashMap<>();
    @Nullable String operationName = text(input, "operationName");
    if (operationName != null && !operationName.isEmpty()) {
      request.put("operationName", operationName);
    }
    request.put("variables", object(input, "variables"));
    request.put("query", persisted.resolve(account, query, object(input, "extensions")));
    return request;
  }

  private static @Nullable String text(InputReader input, String field) {
    @Nullable Object value = input.value(field);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw ApiException.malformed(field, "must be text");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> object(InputReader input, String field) {
    return switch (input.value(field)) {
      case null -> Map.of();
      case Map<?, ?> object -> (Map<String, @Nullable Object>) object;
      default -> throw ApiException.malformed(field, "must be an object");
    };
  }
}
