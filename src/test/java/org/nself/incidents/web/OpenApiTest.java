package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLEnumValueDefinition;
import graphql.schema.GraphQLSchema;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.OpenApiContract;
import org.nself.incidents.testing.OpenApiContract.Operation;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.FallbackErrorController;
import org.springframework.graphql.execution.GraphQlSource;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The document itself, and its routes, media types and enums compared with the code. */
@ExtendWith(RunningService.class)
class OpenApiTest {

  private static final String META_SCHEMA =
      "{\"$ref\": \"https://json-schema.org/draft/2020-12/schema\"}";

  private final Service service;
  private final OpenApiContract contract;

  OpenApiTest(Service service) {
    this.service = service;
    this.contract = OpenApiContract.read();
  }

  @Test
  void theDocumentIsAValidOpenApi31Document() {
    String text = service.with(Map.of()).get("/openapi.json").text();
    SwaggerParseResult parsed = new OpenAPIV3Parser().readContents(text);
    assertThat(parsed.getMessages()).isEmpty();
    assertThat(parsed.getOpenAPI().getOpenapi()).startsWith("3.1.");
  }

  @Test
  void everySchemaIsAValidJsonSchema() {
    JsonNode metaSchema = JsonMapper.shared().readTree(META_SCHEMA);
    assertThat(schemas())
        .isNotEmpty()
        .allSatisfy(schema -> assertThat(contract.errors(metaSchema, schema)).isEmpty());
  }

  @Test
  void theDocumentHasExactlyTheRoutesOfTheService() {
    Set<String> served = new TreeSet<>();
    mappings().forEach(mapping -> served.addAll(routes(mapping)));
    assertThat(contract.operations().stream().map(OpenApiTest::route))
        .as("routes in the document")
        .containsExactlyInAnyOrderElementsOf(served);
  }

  /** Without the error page, and without the shapes for nSelf, which are no API for new clients. */
  private List<RequestMappingInfo> mappings() {
    return service
        .context()
        .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .entrySet()
        .stream()
        .filter(
            mapping -> {
              Class<?> type = mapping.getValue().getBeanType();
              return type != FallbackErrorController.class
                  && !mapping.getKey().getPatternValues().contains("/graphql")
                  && !type.getPackageName().equals("org.nself.incidents.nself");
            })
        .map(java.util.Map.Entry::getKey)
        .toList();
  }

  private static String route(Operation operation) {
    return operation.method() + " " + operation.path();
  }

  @Test
  void everyOperationHasThePathParametersOfItsPath() {
    assertThat(contract.operations())
        .allSatisfy(
            operation ->
                assertThat(operation.parameterNames("path"))
                    .containsExactlyInAnyOrderElementsOf(
                        Pattern.compile("\\{(\\w+)}")
                            .matcher(operation.path())
                            .results()
                            .map(variable -> variable.group(1))
                            .toList()));
  }

  @Test
  void everyOperationHasTheMediaTypesThatItsHandlersConsume() {
    Map<String, Set<String>> consumed = new TreeMap<>();
    for (RequestMappingInfo mapping : mappings()) {
      for (String route : routes(mapping)) {
        Set<String> types = consumed.computeIfAbsent(route, _ -> new TreeSet<>());
        mapping
            .getConsumesCondition()
            .getConsumableMediaTypes()
            .forEach(t -> types.add(t.toString()));
      }
    }
    assertThat(contract.operations())
        .allSatisfy(
            operation ->
                assertThat(operation.node().at("/requestBody/content").propertyNames().stream())
                    .as(operation.id())
                    .containsExactlyInAnyOrderElementsOf(consumed.get(route(operation))));
  }

  @Test
  void everyOperationHasTheMediaTypesThatItsHandlersProduce() {
    for (RequestMappingInfo mapping : mappings()) {
      for (String route : routes(mapping)) {
        Operation operation =
            contract.operations().stream()
                .filter(o -> route(o).equals(route))
                .findAny()
                .orElseThrow();
        Set<String> documented = new TreeSet<>();
        for (JsonNode response : operation.node().get("responses")) {
          documented.addAll(contract.resolved(response).path("content").propertyNames());
        }
        assertThat(documented)
            .as(route)
            .containsAll(
                mapping.getProducesCondition().getProducibleMediaTypes().stream()
                    .map(Object::toString)
                    .filter(type -> !type.equals("*/*"))
                    .toList());
      }
    }
  }

  @Test
  void enumsHaveTheValuesOfTheGraphQlSchema() {
    GraphQLSchema graphql = service.context().getBean(GraphQlSource.class).schema();
    contract
        .document()
        .at("/components/schemas")
        .properties()
        .forEach(
            schema -> {
              if (schema.getValue().has("enum")) {
                assertThat(schema.getValue().get("enum").valueStream().map(JsonNode::asString))
                    .as(schema.getKey())
                    .containsExactlyInAnyOrderElementsOf(values(graphql, schema.getKey()));
              }
            });
  }

  private static List<String> values(GraphQLSchema graphql, String name) {
    return name.equals("ProblemCode")
        ? Arrays.stream(ErrorCode.values()).map(ErrorCode::value).toList()
        : ((GraphQLEnumType) Objects.requireNonNull(graphql.getType(name)))
            .getValues().stream()
                .map(GraphQLEnumValueDefinition::getName)
                .map(value -> value.toLowerCase(Locale.ROOT))
                .toList();
  }

  @Test
  void theDocumentIsServedAsJsonAndYamlWithAnETag() throws IOException {
    Api nobody = service.with(Map.of());
    Api.Response json = nobody.get("/openapi.json").expect(200);
    Api.Response yaml = nobody.get("/openapi.yaml").expect(200);
    assertThat(json.at("paths").size()).isEqualTo(contract.document().get("paths").size());
    assertThat(yaml.text())
        .isEqualTo(Files.readString(Path.of("schema/openapi.yaml"), StandardCharsets.UTF_8));
    assertThat(json.header("ETag")).isNotEqualTo(yaml.header("ETag"));
    nobody
        .header("If-None-Match", String.valueOf(json.header("ETag")))
        .get("/openapi.json")
        .expect(304);
    nobody
        .header("If-None-Match", String.valueOf(yaml.header("ETag")))
        .get("/openapi.yaml")
        .expect(304);
    nobody.header("If-None-Match", "\"other\"").get("/openapi.json").expect(200);
  }

  private static List<String> routes(RequestMappingInfo mapping) {
    return mapping.getPatternValues().stream()
        .flatMap(
            path ->
                mapping.getMethodsCondition().getMethods().stream()
                    .map(method -> method.name() + " " + path))
        .toList();
  }

  @Test
  void everyOperationIsNamedAndDescribed() {
    List<String> tags =
        contract
            .document()
            .get("tags")
            .valueStream()
            .map(tag -> tag.get("name").asString())
            .toList();
    assertThat(contract.operations())
        .allSatisfy(
            operation -> {
              assertThat(operation.id()).matches("[a-z]+([A-Z][a-z]+)*");
              assertThat(operation.node().path("summary").asString()).isNotBlank();
              assertThat(operation.node().at("/tags/0").asString()).isIn(tags);
              assertThat(operation.node().path("parameters").valueStream())
                  .allSatisfy(
                      parameter ->
                          assertThat(parameter.path("description").asString())
                              .as("description of %s in %s", parameter, operation.id())
                              .isNotBlank());
            });
    assertThat(contract.operations().stream().map(Operation::id)).doesNotHaveDuplicates();
  }

  @Test
  void everyMemberOfASchemaIsDescribedAndInSnakeCase() {
    contract
        .document()
        .at("/components/schemas")
        .properties()
        .forEach(
            schema ->
                schema
                    .getValue()
                    .path("properties")
                    .properties()
                    .forEach(
                        member -> {
                          String name = schema.getKey() + "." + member.getKey();
                          assertThat(member.getKey()).as(name).matches("[a-z][a-z0-9]*(_[a-z]+)*");
                          assertThat(member.getValue().path("description").asString(""))
                              .as("description of %s", name)
                              .isNotBlank();
                        }));
  }

  @Test
  void everyValueOfAnEnumIsInLowerCase() {
    assertThat(
            schemas()
                .filter(schema -> schema.has("enum"))
                .flatMap(schema -> schema.get("enum").valueStream())
                .map(JsonNode::asString))
        .contains("critical", "acknowledged", "opened_at_desc")
        .allMatch(word -> word.matches("[a-z]+(_[a-z]+)*"));
  }

  @Test
  void onlyOpenOperationsTakeNoCredentials() {
    Api nobody = service.with(Map.of());
    assertThat(contract.operations())
        .allSatisfy(
            operation -> {
              String path = operation.path().replaceAll("\\{[a-z]+}", "1");
              int status = nobody.send(operation.method(), path, null, null).status();
              assertThat(status).as(operation.id()).isEqualTo(operation.isOpen() ? 200 : 401);
            });
  }

  @Test
  void theDocumentNamesTheProgramItsLicenceAndItsServer() {
    JsonNode info = contract.document().get("info");
    assertThat(info.get("title").asString()).isEqualTo("nself-incident-mgmt");
    assertThat(info.at("/license/identifier").asString()).isEqualTo("MIT");
    assertThat(info.get("version").asString())
        .isEqualTo(service.with(Map.of()).get("/health").text("version"));
    assertThat(contract.document().at("/servers/0/url").asString()).isEqualTo("/");
  }

  /** The schemas of bodies and of parameters. */
  private Stream<JsonNode> schemas() {
    return Stream.concat(
        contract.document().at("/components/schemas").valueStream(),
        contract.operations().stream()
            .flatMap(operation -> operation.node().path("parameters").valueStream())
            .map(parameter -> parameter.get("schema")));
  }
}
