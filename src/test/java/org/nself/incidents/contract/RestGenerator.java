package org.nself.incidents.contract;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nself.incidents.testing.OpenApiContract;
import org.nself.incidents.testing.OpenApiContract.Operation;
import tools.jackson.databind.JsonNode;

/** Makes requests for the operations of the OpenAPI document, most of them nearly valid. */
final class RestGenerator {

  private static final String JSON = "application/json";
  private static final int MAX_DEPTH = 6;

  private final OpenApiContract contract;
  private final List<Operation> operations;

  /** What paths and members can name, by the name of the parameter or the end of the member's. */
  private final Map<String, List<String>> known;

  RestGenerator(OpenApiContract contract, Map<String, List<String>> known) {
    this.contract = contract;
    this.operations = contract.operations();
    this.known = known;
  }

  GeneratedRequest next(Choices choices) {
    Operation operation = choices.of(operations);
    List<Map.Entry<String, String>> headers = new ArrayList<>();
    StringBuilder target = new StringBuilder(path(operation, choices));
    target.append(query(operation, choices));
    for (JsonNode parameter : operation.parameters("header")) {
      if (choices.chance(0.2)) {
        headers.add(Map.entry(parameter.get("name").asString(), header(choices)));
      }
    }
    if (choices.chance(0.05)) {
      headers.add(
          Map.entry(
              "Accept",
              choices.of(
                  List.of(
                      "*/*",
                      "text/html",
                      "application/yaml",
                      "application/json;q=0",
                      "a/b;;",
                      ""))));
    }
    byte[] body = new byte[0];
    JsonNode media = operation.node().at("/requestBody/content");
    if (!media.isMissingNode() || choices.chance(0.03)) {
      JsonNode schema =
          media.isMissingNode()
              ? contract.schema("CreateRunbook")
              : media.valueStream().findFirst().orElseThrow().get("schema");
      body = body(schema, choices);
      if (!choices.chance(0.02)) {
        headers.add(Map.entry("Content-Type", contentType(media, choices)));
      }
      if (choices.chance(0.01)) {
        headers.add(Map.entry("Content-Encoding", choices.of(List.of("gzip", "br", "identity"))));
      }
    }
    return new GeneratedRequest(operation.method(), target.toString(), headers, body);
  }

  private String path(Operation operation, Choices choices) {
    String path = operation.path();
    for (JsonNode parameter : operation.parameters("path")) {
      String name = parameter.get("name").asString();
      String value =
          choices.chance(0.75) ? value(operation.path(), name, choices) : choices.nastyText();
      path = path.replace("{" + name + "}", encode(value, choices));
    }
    return path;
  }

  private String value(String path, String name, Choices choices) {
    String noun = path.replaceFirst("^/api/v1/", "/").split("/", -1)[1];
    List<String> values =
        known.getOrDefault(noun + "." + name, known.getOrDefault(name, List.of()));
    return values.isEmpty() ? choices.plainText() : choices.of(values);
  }

  private String query(Operation operation, Choices choices) {
    List<String> pairs = new ArrayList<>();
    for (JsonNode parameter : operation.parameters("query")) {
      boolean required = parameter.path("required").asBoolean(false);
      while (choices.chance(required && pairs.isEmpty() ? 0.95 : 0.25)) {
        pairs.add(
            parameter.get("name").asString()
                + "="
                + encode(
                    parameterValue(contract.resolved(parameter.path("schema")), choices), choices));
        required = false;
      }
    }
    if (choices.chance(0.03)) {
      pairs.add(encode(choices.text(), choices) + "=" + encode(choices.text(), choices));
    }
    if (choices.chance(0.02)) {
      pairs.add(choices.of(List.of("", "=", "&", "a", "%", "%zz=1", "q=%ff", "a[]=1")));
    }
    return pairs.isEmpty() ? "" : "?" + String.join("&", pairs);
  }

  private String parameterValue(JsonNode schema, Choices choices) {
    if (choices.chance(0.2)) {
      return choices.chance(0.3) ? choices.number() : choices.nastyText();
    }
    JsonNode one = schema.has("items") ? contract.resolved(schema.get("items")) : schema;
    if (one.has("enum")) {
      return choices.of(one.get("enum").valueStream().map(JsonNode::asString).toList());
    }
    return switch (type(one)) {
      case "integer" -> String.valueOf(integer(one, choices));
      case "boolean" -> choices.of(List.of("true", "false"));
      default ->
          switch (one.path("format").asString("")) {
            case "date-time" -> choices.of(List.of("2026-01-01T00:00:00Z", "2026-03-01T12:00:00Z"));
            case "uuid" -> choices.of(known.getOrDefault("uuid", List.of("a")));
            default -> choices.plainText();
          };
    };
  }

  private static String header(Choices choices) {
    String value =
        choices.of(
            List.of(
                "\"1\"",
                "*",
                "W/\"2\"",
                "\"1\", \"2\"",
                "a-key-" + choices.below(50),
                "",
                "1",
                "%"));
    // Others end a request, or are refused by every server.
    return choices.chance(0.2) ? choices.nastyText().replaceAll("[\\x00-\\x1f\\x7f]", "") : value;
  }

  private static String contentType(JsonNode media, Choices choices) {
    if (choices.chance(0.05)) {
      return choices.of(
          List.of(
              "text/plain",
              "application/x-www-form-urlencoded",
              "multipart/form-data; boundary=a",
              "application/json; charset=utf-16",
              "application/json;charset=\"",
              "a",
              "*/*",
              "application/xml"));
    }
    List<String> types = media.isMissingNode() ? List.of(JSON) : List.copyOf(media.propertyNames());
    return choices.chance(0.8) ? types.getFirst() : choices.of(types);
  }

  private byte[] body(JsonNode schema, Choices choices) {
    if (choices.chance(0.03)) {
      String text =
          choices.of(
              List.of(
                  "",
                  " ",
                  "null",
                  "[]",
                  "1",
                  "\"a\"",
                  "{",
                  "{}",
                  "{}{}",
                  "{\"a\":}",
                  "\ufeff{}",
                  "{\"title\":\"a\",\"title\":\"b\"}",
                  "{'title':'a'}",
                  UnusualJson.nested(2_000, true),
                  UnusualJson.nested(100_000, false),
                  "{\"title\":" + "9".repeat(100_000) + "}",
                  "[" + "1,".repeat(60_000) + "1]",
                  "&a [*a]",
                  "a: &a [x]\nb: *a",
                  "--- !!binary aGk=",
                  "? [a]\n: b"));
      return UnusualJson.encode(text);
    }
    String text = json(schema, "", 0, choices);
    if (choices.chance(0.02)) {
      text = text.substring(0, choices.below(text.length() + 1));
    }
    byte[] bytes = UnusualJson.encode(text);
    if (choices.chance(0.02) && bytes.length > 0) {
      bytes[choices.below(bytes.length)] = (byte) choices.below(256);
    }
    return bytes;
  }

  /** JSON that mostly fits the schema. */
  private String json(JsonNode given, String name, int depth, Choices choices) {
    JsonNode schema = contract.resolved(given);
    if (schema.has("oneOf")) {
      schema = contract.resolved(choices.of(schema.get("oneOf").valueStream().toList()));
    }
    if (choices.chance(0.04)) {
      return anything(choices);
    }
    if (schema.has("enum")) {
      return UnusualJson.quote(
          choices.of(schema.get("enum").valueStream().map(JsonNode::asString).toList()), false);
    }
    return switch (type(schema)) {
      case "string" -> UnusualJson.quote(string(schema, name, choices), choices.chance(0.3));
      case "integer", "number" -> String.valueOf(integer(schema, choices));
      case "boolean" -> choices.chance(0.5) ? "true" : "false";
      case "array" -> array(schema, name, depth, choices);
      case "object" -> object(schema, depth, choices);
      case "null" -> "null";
      default -> anything(choices);
    };
  }

  private String string(JsonNode schema, String name, Choices choices) {
    List<String> named = known.getOrDefault(name, List.of());
    if (!named.isEmpty() && choices.chance(0.7)) {
      return choices.of(named);
    }
    return switch (schema.path("format").asString("")) {
      case "date-time" ->
          choices.chance(0.8)
              ? choices.of(List.of("2026-01-01T00:00:00Z", "2026-05-01T10:00:00+02:00"))
              : choices.nastyText();
      case "uuid" ->
          choices.chance(0.8)
              ? choices.of(known.getOrDefault("uuid", List.of("a")))
              : choices.nastyText();
      default -> choices.text();
    };
  }

  private String array(JsonNode schema, String name, int depth, Choices choices) {
    int size = choices.chance(0.01) ? 1_001 : choices.below(4);
    if (depth > MAX_DEPTH) {
      size = 0;
    }
    List<String> items = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      items.add(json(schema.path("items"), name, depth + 1, choices));
    }
    return "[" + String.join(",", items) + "]";
  }

  private String object(JsonNode schema, int depth, Choices choices) {
    List<String> members = new ArrayList<>();
    List<String> required = schema.path("required").valueStream().map(JsonNode::asString).toList();
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      String name = property.getKey();
      if (choices.chance(required.contains(name) ? 0.97 : 0.35)) {
        String value = json(property.getValue(), name, depth + 1, choices);
        members.add("\"" + name + "\":" + value);
        if (choices.chance(0.01)) {
          members.add("\"" + name + "\":" + anything(choices));
        }
      }
    }
    if (!schema.has("properties") || choices.chance(0.02)) {
      int size = choices.below(3);
      for (int i = 0; i < size; i++) {
        members.add(
            UnusualJson.quote(choices.text(), choices.chance(0.3))
                + ":"
                + (schema.path("additionalProperties").has("type") && choices.chance(0.8)
                    ? json(schema.get("additionalProperties"), "", depth + 1, choices)
                    : anything(choices)));
      }
    }
    return "{" + String.join(",", members) + "}";
  }

  static String anything(Choices choices) {
    return switch (choices.below(9)) {
      case 0 -> "null";
      case 1 -> "true";
      case 2 -> "[]";
      case 3 -> "{}";
      case 4 -> "[null,[]]";
      case 5 -> UnusualJson.nested(choices.of(List.of(5, 40, 200)), choices.chance(0.5));
      case 6, 7 -> choices.number();
      default -> UnusualJson.quote(choices.nastyText(), choices.chance(0.5));
    };
  }

  private static long integer(JsonNode schema, Choices choices) {
    long min = schema.path("minimum").asLong(-5);
    long max = schema.path("maximum").asLong(50);
    return switch (choices.below(10)) {
      case 0 -> min - 1;
      case 1 -> max == Long.MAX_VALUE ? max : max + 1;
      case 2 -> min;
      case 3 -> max;
      default -> choices.between(min, Math.max(min, Math.min(max, min + 20)));
    };
  }

  private static String type(JsonNode schema) {
    JsonNode type = schema.path("type");
    return type.isArray() ? type.get(0).asString() : type.asString("");
  }

  /** Percent-encoded as forms do; sometimes as few as possible. */
  private static String encode(String value, Choices choices) {
    if (choices.chance(0.1)) {
      StringBuilder encoded = new StringBuilder();
      for (byte b : UnusualJson.encode(value)) {
        encoded.append(
            Character.isLetterOrDigit(b & 0x7f) && b > 0
                ? String.valueOf((char) b)
                : "%%%02x".formatted(b & 0xff));
      }
      return encoded.toString();
    }
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
