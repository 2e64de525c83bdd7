package org.nself.incidents.live.websocket;

import graphql.ExecutionResult;
import graphql.GraphQLError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads and writes the messages of graphql-transport-ws (<a
 * href="https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md">protocol</a>).
 */
final class GraphQlWsMessages {

  static final String ACK = "{\"type\":\"connection_ack\"}";
  static final String PONG = "{\"type\":\"pong\"}";

  private final StrictJson json;
  private final JsonMapper mapper;

  GraphQlWsMessages(StrictJson json, JsonMapper mapper) {
    this.json = json;
    this.mapper = mapper;
  }

  /**
   * A message of a client.
   *
   * @param id of the operation; null if absent
   * @param payload empty if absent
   */
  record Incoming(String type, @Nullable String id, Map<String, @Nullable Object> payload) {}

  /**
   * @param account of the caller; empty before it is known
   * @throws ApiException {@code invalid}, if it is not a message of the protocol
   */
  @SuppressWarnings("unchecked")
  Incoming read(byte[] utf8, String account) {
    Map<String, @Nullable Object> message = json.parseObject(utf8, account);
    if (!(message.get("type") instanceof String type)) {
      throw ApiException.malformed("A message must have a type, a string");
    }
    @Nullable Object id = message.get("id");
    if (id != null && (!(id instanceof String text) || text.isEmpty() || text.length() > 200)) {
      throw ApiException.malformed("The id of a message must be a string of 1 to 200 characters");
    }
    @Nullable Object payload = message.get("payload");
    if (payload != null && !(payload instanceof Map)) {
      throw ApiException.malformed("The payload of a message must be an object");
    }
    return new Incoming(
        type, (String) id, payload == null ? Map.of() : (Map<String, @Nullable Object>) payload);
  }

  String next(String id, ExecutionResult result) {
    return write(id, "next", result.toSpecification());
  }

  String error(String id, List<GraphQLError> errors) {
    return write(id, "error", errors.stream().map(GraphQLError::toSpecification).toList());
  }

  String complete(String id) {
    return write(id, "complete", null);
  }

  private String write(String id, String type, @Nullable Object payload) {
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("id", id);
    message.put("type", type);
    if (payload != null) {
      message.put("payload", payload);
    }
    return mapper.writeValueAsString(message);
  }
}
