package org.nself.incidents.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.OpenApiContract;
import org.nself.incidents.testing.OpenApiContract.Operation;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.SchemaValues;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The service reads what the document says, no more and no less. The cases are made of the
 * document: whatever is added to it is tried here.
 */
@ExtendWith(RunningService.class)
class OpenApiRequestsTest {

  private final Api api;
  private final OpenApiContract contract;

  OpenApiRequestsTest(Service service) {
    this.api = service.admin();
    this.contract = OpenApiContract.of(service);
  }

  @Test
  void theExampleOfEveryBodyFitsItsSchemaAndIsAccepted() {
    eachBody(
        (operation, schema) -> {
          ObjectNode example = example(schema);
          assertThat(contract.faults(schema, example)).as(operation.id()).isEmpty();
          contract.answers(operation.id(), send(operation, example));
          accepted(operation, example);
        });
  }

  @Test
  void everyMemberTakesWhatItsSchemaAllowsAndRefusesWhatItDoesNot() {
    eachBody(
        (operation, schema) ->
            schema
                .get("properties")
                .properties()
                .forEach(
                    member -> {
                      SchemaValues values = SchemaValues.of(contract, member.getValue());
                      for (JsonNode value : values.accepted()) {
                        ObjectNode body = example(schema).set(member.getKey(), value);
                        assertThat(contract.faults(schema, body)).as(operation.id()).isEmpty();
                        accepted(operation, body);
                      }
                      for (JsonNode value : values.refused()) {
                        ObjectNode body = example(schema).set(member.getKey(), value);
                        assertThat(contract.faults(schema, body))
                            .as("%s %s", operation.id(), body)
                            .isNotEmpty();
                        refused(operation, body, member.getKey());
                      }
                    }));
  }

  @Test
  void everyRequiredMemberIsMissed() {
    eachBody(
        (operation, schema) ->
            schema
                .path("required")
                .forEach(
                    name -> {
                      ObjectNode body = example(schema);
                      body.remove(name.asString());
                      refused(operation, body, name.asString());
                    }));
  }

  @Test
  void aMemberThatIsNotInTheSchemaIsRefused() {
    eachBody(
        (operation, schema) -> {
          assertThat(schema.get("additionalProperties").asBoolean()).as(operation.id()).isFalse();
          refused(operation, example(schema).put("no_such_member", 1), "no_such_member");
        });
  }

  @Test
  void everyQueryParameterTakesWhatItsSchemaAllowsAndRefusesWhatItDoesNot() {
    eachQueryParameter(
        (operation, parameter) -> {
          String name = parameter.get("name").asString();
          SchemaValues values = SchemaValues.of(contract, parameter.get("schema"));
          boolean opaque = name.equals("cursor");
          for (JsonNode value : values.accepted()) {
            if (!opaque) {
              contract.answers(operation.id(), get(operation, query(name, value)).expect(200));
            }
          }
          for (JsonNode value : values.refused()) {
            if (canBeWritten(value) || (isNumber(parameter) && !value.isNull())) {
              Response response = get(operation, query(name, value)).expect(400);
              contract.answers(operation.id(), response);
              assertThat(response.text("errors/0/field")).startsWith(name);
            }
          }
        });
  }

  /**
   * In a URL everything is text, nothing is null, and a list of one empty text is an empty list.
   */
  private static boolean canBeWritten(JsonNode value) {
    return value.isContainer()
        ? value.valueStream().allMatch(item -> item.isString() && !item.asString().isEmpty())
        : value.isString();
  }

  private static boolean isNumber(JsonNode parameter) {
    return parameter.at("/schema/type").asString("").equals("integer");
  }

  /** As the parameter's style says: lists by comma, the members of an object one by one. */
  private static String query(String name, JsonNode value) {
    if (value.isArray()) {
      return name
          + "="
          + String.join(",", value.valueStream().map(OpenApiRequestsTest::url).toList());
    }
    if (value.isObject()) {
      List<String> members = new ArrayList<>();
      value.forEachEntry((member, text) -> members.add(url(name + "." + member) + "=" + url(text)));
      return String.join("&", members);
    }
    return name + "=" + url(value);
  }

  private static String url(JsonNode value) {
    return url(value.asString());
  }

  private static String url(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void aQueryParameterThatIsNotInTheDocumentIsRefused() {
    for (Operation operation : contract.operations()) {
      if (operation.path().startsWith("/api/") && operation.method().equals("GET")) {
        Response response = get(operation, "no_such_parameter=1").expect(400);
        contract.answers(operation.id(), response);
        assertThat(response.text("errors/0/field")).isEqualTo("no_such_parameter");
      }
    }
  }

  private void eachBody(BiConsumer<Operation, JsonNode> check) {
    List<Operation> operations =
        contract.operations().stream().filter(operation -> operation.body().isPresent()).toList();
    assertThat(operations).hasSizeGreaterThan(3);
    operations.forEach(
        operation -> check.accept(operation, contract.schema(operation.body().orElseThrow())));
  }

  private void eachQueryParameter(BiConsumer<Operation, JsonNode> check) {
    int parameters = 0;
    for (Operation operation : contract.operations()) {
      for (JsonNode parameter : operation.node().path("parameters")) {
        if (parameter.get("in").asString().equals("query")) {
          check.accept(operation, parameter);
          parameters++;
        }
      }
    }
    assertThat(parameters).isGreaterThan(10);
  }

  private static ObjectNode example(JsonNode schema) {
    return (ObjectNode) schema.at("/examples/0").deepCopy();
  }

  private Response get(Operation operation, String query) {
    return api.get(path(operation) + "?" + query);
  }

  private Response send(Operation operation, JsonNode body) {
    return api.send(
        operation.method(),
        path(operation),
        body.toString().getBytes(StandardCharsets.UTF_8),
        "application/json");
  }

  /** Of something new, so that what was tried before does not count. */
  private String path(Operation operation) {
    return operation.path().contains("{id}")
        ? operation.path().replace("{id}", api.open("Something"))
        : operation.path();
  }

  /** Read without complaint. What it asks for may not be possible, such as a transition. */
  private void accepted(Operation operation, JsonNode body) {
    Response response = send(operation, body);
    assertThat(response.status())
        .as("%s of %s answered %s", operation.id(), body, response.text())
        .isNotIn(400, 422);
    contract.answers(operation.id(), response);
  }

  private void refused(Operation operation, JsonNode body, String field) {
    Response response = send(operation, body);
    assertThat(response.status())
        .as("%s of %s answered %s", operation.id(), body, response.text())
        .isEqualTo(422);
    contract.answers(operation.id(), response);
    assertThat(response.at("errors").valueStream().map(error -> error.get("field").asString()))
        .as("fields at fault in %s", response.text())
        .anyMatch(name -> name.startsWith(field));
  }
}
