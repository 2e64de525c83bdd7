package org.nself.incidents.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI document of a running service, to hold requests and responses against. */
public final class OpenApiContract {

  /**
   * A route.
   *
   * @param method in upper case
   * @param node what the document says of it
   */
  public record Operation(String method, String path, JsonNode node) {

    public String id() {
      return node.at("/operationId").asString();
    }

    /** The name of the schema of its body; empty where it takes none. */
    public Optional<String> body() {
      JsonNode reference = node.at("/requestBody/content/application~1json/schema/$ref");
      return reference.isMissingNode()
          ? Optional.empty()
          : Optional.of(reference.asString().substring("#/components/schemas/".length()));
    }

    public boolean isOpen() {
      return node.has("security") && node.get("security").isEmpty();
    }
  }

  private final JsonNode document;
  private final ObjectNode strict;
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemaRegistryConfig(
                  SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

  private OpenApiContract(JsonNode document) {
    this.document = document;
    this.strict = (ObjectNode) document.get("components").deepCopy();
    // Clients must pass over what they do not know; here it means that it is not documented.
    for (JsonNode schema : strict.get("schemas")) {
      if (schema.has("properties") && !schema.has("additionalProperties")) {
        ((ObjectNode) schema).put("additionalProperties", false);
      }
    }
  }

  public static OpenApiContract of(Service service) {
    return new OpenApiContract(service.with(Map.of()).get("/openapi.json").expect(200).body());
  }

  public JsonNode document() {
    return document;
  }

  public List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    document
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        method ->
                            operations.add(
                                new Operation(
                                    method.getKey().toUpperCase(java.util.Locale.ROOT),
                                    path.getKey(),
                                    method.getValue()))));
    return operations;
  }

  public Operation operation(String id) {
    return operations().stream()
        .filter(operation -> operation.id().equals(id))
        .findAny()
        .orElseThrow(() -> new AssertionError("The document has no operation " + id));
  }

  /** A schema of the components. */
  public JsonNode schema(String name) {
    JsonNode schema = document.at("/components/schemas/" + name);
    assertThat(schema.isObject()).as("schema %s in the document", name).isTrue();
    return schema;
  }

  /** What is wrong with a value by a schema of the document; objects hold nothing undocumented. */
  public List<String> faults(JsonNode schema, JsonNode value) {
    ObjectNode whole = (ObjectNode) schema.deepCopy();
    whole.set("components", strict);
    return registry.getSchema(whole).validate(value).stream().map(Error::toString).toList();
  }

  /** Fails unless the document has this answer to an operation: status, headers and body. */
  public Api.Response answers(String operationId, Api.Response response) {
    JsonNode responses = operation(operationId).node().get("responses");
    String status = String.valueOf(response.status());
    assertThat(responses.has(status))
        .as("status %s of %s in the document; the answer: %s", status, operationId, response.text())
        .isTrue();
    JsonNode answer = resolved(responses.get(status));
    answer
        .path("headers")
        .properties()
        .forEach(
            header ->
                assertThat(response.header(header.getKey()))
                    .as("header %s of %s %s", header.getKey(), operationId, status)
                    .isNotNull());
    if (!answer.has("content")) {
      assertThat(response.text()).as("body of %s %s", operationId, status).isEmpty();
      return response;
    }
    String type = String.valueOf(response.header("Content-Type")).replaceFirst(";.*", "");
    JsonNode media = answer.get("content").get(type);
    assertThat(media).as("media type %s of %s %s", type, operationId, status).isNotNull();
    if (type.endsWith("json")) {
      assertThat(faults(media.get("schema"), response.body()))
          .as("%s %s answered %s", operationId, status, response.text())
          .isEmpty();
    }
    return response;
  }

  /** What a reference refers to; else the node itself. */
  public JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.get("$ref").asString().substring(1)) : node;
  }
}
