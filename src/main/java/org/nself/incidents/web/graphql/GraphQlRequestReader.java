package org.nself.incidents.web.graphql;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.graphql.server.support.SerializableGraphQlRequest;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Parses the body of a GraphQL request as strictly as any other body and names the invalid member;
 * the framework's converter would convert numbers to strings, or fail. Ignores unknown members, as
 * GraphQL over HTTP requires. Writes responses like the framework's converter.
 */
public final class GraphQlRequestReader extends JacksonJsonHttpMessageConverter {

  private final StrictJson json;

  public GraphQlRequestReader(JsonMapper mapper, StrictJson json) {
    super(mapper);
    this.json = json;
    setSupportedMediaTypes(
        List.of(MediaType.APPLICATION_JSON, MediaType.APPLICATION_GRAPHQL_RESPONSE));
  }

  @Override
  protected Object readInternal(Class<?> type, HttpInputMessage message) throws IOException {
    return request(message.getBody().readAllBytes());
  }

  private SerializableGraphQlRequest request(byte[] body) {
    if (body.length > 0 && body[0] == '[') {
      throw ApiException.malformed("Batches are not supported; send one request at a time");
    }
    InputReader input = new InputReader(json.parseObject(body), NamingStyle.CAMEL_CASE);
    SerializableGraphQlRequest request = new SerializableGraphQlRequest();
    request.setQuery(required(text(input, "query")));
    @Nullable String operationName = text(input, "operationName");
    if (operationName != null) {
      request.setOperationName(operationName);
    }
    request.setVariables(object(input, "variables"));
    // Validated only: no extension is supported.
    object(input, "extensions");
    return request;
  }

  private static @Nullable String text(InputReader input, String field) {
    @Nullable Object value = input.value(field);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw ApiException.malformed(field, "must be text");
  }

  private static String required(@Nullable String query) {
    if (query == null) {
      throw ApiException.malformed("query", "is required");
    }
    return query;
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
