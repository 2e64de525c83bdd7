package org.nself.incidents.web.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.swagger.v3.oas.annotations.Hidden;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.OpenApiContract;
import org.nself.incidents.testing.OpenApiContract.Operation;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.web.error.FallbackErrorController;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The document as such. Whether the service does what it says is in the test beside this one. */
@ExtendWith(RunningService.class)
class OpenApiTest {

  private static final String META_SCHEMA =
      "{\"$ref\": \"https://json-schema.org/draft/2020-12/schema\"}";

  private final Service service;
  private final OpenApiContract contract;

  OpenApiTest(Service service) {
    this.service = service;
    this.contract = OpenApiContract.of(service);
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
        .allSatisfy(schema -> assertThat(contract.faults(metaSchema, schema)).isEmpty());
  }

  @Test
  void everyRouteIsInTheDocumentAndNoOther() {
    Set<String> served = new TreeSet<>();
    service
        .context()
        .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
        .getHandlerMethods()
        .forEach(
            (mapping, handler) -> {
              if (handler.getBeanType() != FallbackErrorController.class
                  && !handler.getBeanType().isAnnotationPresent(Hidden.class)) {
                served.addAll(routes(mapping));
              }
            });
    assertThat(contract.operations().stream().map(o -> o.method() + " " + o.path()))
        .as("routes in the document, beside those that are served")
        .containsExactlyInAnyOrderElementsOf(served);
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
                          assertThat(member.getKey()).as(name).matches("[a-z]+(_[a-z]+)*");
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
              String path = operation.path().replace("{id}", "1").replace("{key}", "key");
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
