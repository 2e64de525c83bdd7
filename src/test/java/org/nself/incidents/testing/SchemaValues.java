package org.nself.incidents.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Values at the edges of a schema of the OpenAPI document: the longest text, one more, and the
 * like.
 *
 * @param accepted values that the schema allows
 * @param refused values that it does not
 */
public record SchemaValues(List<JsonNode> accepted, List<JsonNode> refused) {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private SchemaValues() {
    this(new ArrayList<>(), new ArrayList<>());
  }

  public static SchemaValues of(OpenApiContract contract, JsonNode schema) {
    SchemaValues values = new SchemaValues();
    if (schema.has("$ref")) {
      return of(contract, contract.resolved(schema));
    }
    if (schema.has("oneOf")) {
      for (JsonNode option : schema.get("oneOf")) {
        values.accepted.addAll(of(contract, option).accepted);
      }
      values.refused.add(JSON.booleanNode(true));
      return values;
    }
    List<String> types = types(schema);
    if (types.isEmpty()) {
      values.accepted.add(JSON.objectNode().set("a", JSON.arrayNode().add(1)));
      return values;
    }
    (types.contains("null") ? values.accepted : values.refused).add(JSON.nullNode());
    switch (types.getFirst()) {
      case "string" -> values.texts(schema);
      case "integer" -> values.numbers(schema);
      case "array" -> values.lists(contract, schema);
      case "object" -> values.objects(schema);
      case "boolean" -> values.flags();
      case "null" -> values.refused.clear();
      default -> throw new AssertionError("No values are known for " + schema);
    }
    return values;
  }

  private static List<String> types(JsonNode schema) {
    JsonNode type = schema.path("type");
    return type.isArray()
        ? type.valueStream().map(JsonNode::asString).toList()
        : type.isMissingNode() ? List.of() : List.of(type.asString());
  }

  private void texts(JsonNode schema) {
    refused.add(types(schema).contains("integer") ? JSON.arrayNode() : JSON.numberNode(7));
    if (schema.has("enum")) {
      schema.get("enum").forEach(accepted::add);
      refused.add(JSON.stringNode("nonsense"));
    } else if (schema.path("format").asString("").equals("date-time")) {
      accepted.add(JSON.stringNode("2020-02-29T23:59:59.123456+01:00"));
      refused.add(JSON.stringNode("yesterday"));
    } else if (schema.path("format").asString("").equals("uuid")) {
      accepted.add(JSON.stringNode(UUID.randomUUID().toString()));
      refused.add(JSON.stringNode("no-uuid"));
    } else {
      int max = schema.get("maxLength").asInt();
      accepted.add(JSON.stringNode("a".repeat(max)));
      refused.add(JSON.stringNode("a".repeat(max + 1)));
      // An empty optional text is as absent.
      (schema.has("minLength") ? refused : accepted).add(JSON.stringNode(""));
    }
  }

  private void numbers(JsonNode schema) {
    long min = schema.get("minimum").asLong();
    long max = schema.get("maximum").asLong();
    accepted.add(JSON.numberNode(min));
    accepted.add(JSON.numberNode(max));
    refused.add(JSON.numberNode(min - 1));
    refused.add(JSON.numberNode(max + 1));
    refused.add(JSON.stringNode("seven"));
  }

  private void flags() {
    accepted.add(JSON.booleanNode(true));
    accepted.add(JSON.booleanNode(false));
    refused.add(JSON.stringNode("maybe"));
  }

  private void lists(OpenApiContract contract, JsonNode schema) {
    refused.add(JSON.booleanNode(true));
    (schema.has("minItems") ? refused : accepted).add(JSON.arrayNode());
    SchemaValues items = of(contract, schema.get("items"));
    items.accepted.forEach(item -> accepted.add(JSON.arrayNode().add(item)));
    items.refused.forEach(item -> refused.add(JSON.arrayNode().add(item)));
    if (!items.accepted.isEmpty()) {
      int max = schema.get("maxItems").asInt();
      accepted.add(list(items.accepted.getLast(), max));
      refused.add(list(items.accepted.getLast(), max + 1));
    }
  }

  private static ArrayNode list(JsonNode item, int size) {
    ArrayNode list = JSON.arrayNode();
    IntStream.range(0, size).forEach(_ -> list.add(item));
    return list;
  }

  /** Of an object whose members have schemas of their own, only that it is no text. */
  private void objects(JsonNode schema) {
    refused.add(JSON.stringNode("no object"));
    if (schema.has("maxProperties")) {
      names(schema);
    }
  }

  private void names(JsonNode schema) {
    int max = schema.get("maxProperties").asInt();
    JsonNode value = schema.get("additionalProperties");
    int length = value.get("maxLength").asInt();
    accepted.add(JSON.objectNode());
    accepted.add(object(max));
    refused.add(object(max + 1));
    accepted.add(object("Name-9", JSON.stringNode("a".repeat(length))));
    refused.add(object("name", JSON.stringNode("a".repeat(length + 1))));
    refused.add(object("name", JSON.numberNode(7)));
    if (schema.has("propertyNames")) {
      accepted.add(object("Name_./-9", JSON.stringNode("a")));
      refused.add(object("na\tme", JSON.stringNode("a")));
    }
    if (types(value).contains("null")) {
      accepted.add(object("name", JSON.nullNode()));
    }
  }

  private static ObjectNode object(int size) {
    ObjectNode object = JSON.objectNode();
    IntStream.range(0, size).forEach(i -> object.put("name" + i, "a"));
    return object;
  }

  private static ObjectNode object(String name, JsonNode value) {
    return JSON.objectNode().set(name, value);
  }
}
