package org.nself.incidents.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The OpenAPI document {@code schema/openapi.yaml}, to validate requests and responses against. In
 * this view references to parameters are resolved.
 */
public final class OpenApiContract {

  private static final OpenApiContract SHARED = new OpenApiContract(parse());

  /** Headers that any response may have. */
  private static final Set<String> COMMON_HEADERS =
      Set.of(
          "accept-encoding",
          "access-control-allow-credentials",
          "access-control-allow-origin",
          "access-control-expose-headers",
          "cache-control",
          "connection",
          "content-length",
          "content-type",
          "date",
          "keep-alive",
          "transfer-encoding",
          "vary",
          "x-content-type-options",
          "x-request-id");

  /** Statuses that the document covers by {@code default}. */
  private static final Set<Integer> OTHER_ERRORS = Set.of(400, 406, 413, 414, 415, 431, 500);

  /**
   * An operation of the document.
   *
   * @param method in upper case
   * @param node its description, with the parameters of the path
   */
  public record Operation(String method, String path, JsonNode node) {

    public String id() {
      return node.at("/operationId").asString();
    }

    /** The name of the schema of the request body; empty if it takes none. */
    public Optional<String> body() {
      JsonNode reference = node.at("/requestBody/content/application~1json/schema/$ref");
      return reference.isMissingNode()
          ? Optional.empty()
          : Optional.of(reference.asString().substring("#/components/schemas/".length()));
    }

    /** Its parameters in the query, the path or a header. */
    public List<JsonNode> parameters(String in) {
      return node.get("parameters")
          .valueStream()
          .filter(parameter -> parameter.get("in").asString().equals(in))
          .toList();
    }

    public Set<String> parameterNames(String in) {
      Set<String> names = new TreeSet<>();
      parameters(in).forEach(parameter -> names.add(parameter.get("name").asString()));
      return names;
    }

    public boolean hasStatus(int status) {
      return node.get("responses").has(String.valueOf(status));
    }

    public boolean isOpen() {
      return node.has("security") && node.get("security").isEmpty();
    }

    private Pattern pathPattern() {
      return Pattern.compile(path.replaceAll("\\{[a-z]+}", "[^/]+"));
    }
  }

  private final JsonNode document;
  private final ObjectNode strict;
  private final Map<Operation, Pattern> operations = new java.util.LinkedHashMap<>();
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemaRegistryConfig(
                  SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

  /** Compiled once each, which takes far longer than a validation. */
  private final Map<JsonNode, Schema> compiled = new ConcurrentHashMap<>();

  private OpenApiContract(JsonNode document) {
    this.document = document;
    document
        .get("paths")
        .properties()
        .forEach(path -> addOperations(path.getKey(), path.getValue()));
    this.strict = (ObjectNode) document.get("components").deepCopy();
    // Clients ignore members that they do not know; in a test such a member is undocumented.
    for (JsonNode schema : strict.get("schemas")) {
      if (schema.has("properties") && !schema.has("additionalProperties")) {
        ((ObjectNode) schema).put("additionalProperties", false);
      }
    }
  }

  /** The document that the service serves. */
  public static OpenApiContract read() {
    return SHARED;
  }

  private static JsonNode parse() {
    // From the class path: the image's training runs without the source tree.
    try (InputStream yaml =
        Objects.requireNonNull(
            OpenApiContract.class.getResourceAsStream("/graphql/openapi.yaml"))) {
      return JsonMapper.shared()
          .valueToTree(new Load(LoadSettings.builder().build()).loadFromInputStream(yaml));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void addOperations(String path, JsonNode item) {
    for (Map.Entry<String, JsonNode> member : item.properties()) {
      if (member.getKey().equals("parameters")) {
        continue;
      }
      ObjectNode node = (ObjectNode) member.getValue();
      ArrayNode parameters = JsonMapper.shared().createArrayNode();
      item.path("parameters").forEach(parameter -> parameters.add(resolved(parameter)));
      node.path("parameters").forEach(parameter -> parameters.add(resolved(parameter)));
      node.set("parameters", parameters);
      Operation operation = new Operation(member.getKey().toUpperCase(Locale.ROOT), path, node);
      operations.put(operation, operation.pathPattern());
    }
  }

  public JsonNode document() {
    return document;
  }

  public List<Operation> operations() {
    return List.copyOf(operations.keySet());
  }

  public Operation operation(String id) {
    return operations.keySet().stream()
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

  /** The schema itself where it is a reference, or a choice between a reference and null. */
  public JsonNode target(JsonNode schema) {
    for (JsonNode option : schema.path("oneOf")) {
      if (option.has("$ref")) {
        return resolved(option);
      }
    }
    return resolved(schema);
  }

  /**
   * The errors of a value by a schema of the document; objects must have no undocumented member.
   */
  public List<String> errors(JsonNode schema, JsonNode value) {
    return compiled.computeIfAbsent(schema, this::compile).validate(value).stream()
        .map(Error::toString)
        .toList();
  }

  /** References are to the components of the document. */
  private Schema compile(JsonNode schema) {
    ObjectNode whole = (ObjectNode) schema.deepCopy();
    whole.set("components", strict);
    return registry.getSchema(whole);
  }

  /** Fails if a response is not documented; passes if no operation has this method and path. */
  public void check(String method, String pathAndQuery, Api.Response response) {
    if (String.valueOf(response.header("Server")).startsWith("nginx")) {
      // nginx adds headers, and has nothing at some paths.
      return;
    }
    String path = pathAndQuery.replaceFirst("\\?.*", "");
    operations.forEach(
        (operation, pattern) -> {
          if (operation.method().equals(method)
              && pattern.matcher(path).matches()
              && !(OTHER_ERRORS.contains(response.status())
                  && !operation.hasStatus(response.status()))) {
            check(operation, response);
          }
        });
  }

  /** Fails unless the document has this response to the operation: status, headers and body. */
  public Api.Response check(String operationId, Api.Response response) {
    check(operation(operationId), response);
    return response;
  }

  private void check(Operation operation, Api.Response response) {
    String name = operation.id() + " " + response.status();
    assertThat(operation.hasStatus(response.status()))
        .as("status of %s in the document; the response: %s", name, response.text())
        .isTrue();
    JsonNode documented =
        resolved(operation.node().get("responses").get(String.valueOf(response.status())));
    checkHeaders(name, documented.path("headers"), response);
    @Nullable String contentType = response.header("Content-Type");
    if (!documented.has("content")) {
      assertThat(response.text()).as("body of %s", name).isEmpty();
      return;
    }
    String type = String.valueOf(contentType).replaceFirst(";.*", "");
    JsonNode media = documented.get("content").path(type);
    assertThat(media.isObject()).as("media type %s of %s", type, name).isTrue();
    if (type.endsWith("json")) {
      assertThat(errors(media.get("schema"), response.body()))
          .as("%s returned %s", name, response.text())
          .isEmpty();
    }
  }

  private void checkHeaders(String name, JsonNode documented, Api.Response response) {
    Set<String> undocumented = new TreeSet<>(response.headers().keySet());
    undocumented.removeAll(COMMON_HEADERS);
    documented
        .properties()
        .forEach(
            header -> {
              undocumented.remove(header.getKey().toLowerCase(Locale.ROOT));
              if (resolved(header.getValue()).path("required").asBoolean(false)) {
                assertThat(response.header(header.getKey()))
                    .as("header %s of %s", header.getKey(), name)
                    .isNotNull();
              }
            });
    assertThat(undocumented).as("undocumented headers of %s", name).isEmpty();
  }

  /** The target of a reference; otherwise the node itself. */
  public JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.get("$ref").asString().substring(1)) : node;
  }
}
