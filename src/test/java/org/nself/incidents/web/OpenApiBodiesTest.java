package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.OpenApiContract;
import org.nself.incidents.testing.OpenApiContract.Operation;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.SchemaValues;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The service reads the bodies that the document describes, no more and no less. The cases are made
 * of the document: whatever is added to it is tried here. A body is its example with one member
 * changed.
 */
@ExtendWith(RunningService.class)
class OpenApiBodiesTest {

  /** Members whose values must fit others or be expressions, which a schema does not say. */
  private static final Set<String> FURTHER_RULES =
      Set.of(
          "attach.condition",
          // The steps of the example use them.
          "inputs",
          "inputs[].default",
          "inputs[].name",
          "inputs[].type",
          "inputs[].values",
          "steps[].after",
          "steps[].approval",
          "steps[].http",
          "steps[].incident",
          "steps[].incident.severity",
          "steps[].incident.status",
          "steps[].kind",
          "steps[].note",
          "steps[].runbook",
          "steps[].wait",
          "steps[].when",
          "steps[].http.body",
          "steps[].http.output_path",
          "steps[].http.url",
          // Depends on the kind of the step.
          "steps[].timeout",
          "steps[].timeout_seconds",
          "steps[].retry.backoff",
          "steps[].retry.max_backoff",
          "steps[].retry.backoff_seconds",
          "steps[].retry.max_backoff_seconds",
          "steps[].wait.duration",
          "steps[].wait.seconds",
          "steps[].wait.until");

  private static final JsonNode JSON = JsonNodeFactory.instance.objectNode();

  private final Service service;
  private final OpenApiContract contract;
  private final DocumentedOperations operations;

  /** Where bodies are tried that change nothing, by operation. */
  private final Map<String, DocumentedOperations.OperationTarget> targets = new HashMap<>();

  OpenApiBodiesTest(Service service) {
    this.service = service;
    this.contract = OpenApiContract.read();
    this.operations = new DocumentedOperations(service, contract);
  }

  /**
   * An object within the example of a body.
   *
   * @param pointer where it is
   */
  private record BodyObject(Operation operation, JsonNode whole, JsonNode schema, String pointer) {

    ObjectNode example() {
      return (ObjectNode) whole.at("/examples/0").deepCopy();
    }

    ObjectNode with(String member, JsonNode value) {
      ObjectNode body = example();
      ((ObjectNode) body.at(pointer)).set(member, value);
      return body;
    }

    ObjectNode without(String member) {
      ObjectNode body = example();
      ((ObjectNode) body.at(pointer)).remove(member);
      return body;
    }

    BodyObject at(String within, JsonNode schema) {
      return new BodyObject(operation, whole, schema, pointer + within);
    }

    List<String> members() {
      return List.copyOf(schema.get("properties").propertyNames());
    }

    /** As an error names it, such as {@code steps[2].http.url}. */
    String field(String member) {
      String path = pointer.replaceAll("/(\\d+)", "[$1]").replaceAll("/", ".");
      return path.isEmpty() ? member : path.substring(1) + "." + member;
    }
  }

  /** A body in which one member is other than in the example. */
  private record Case(BodyObject object, String member, JsonNode body) {

    String field() {
      return object.field(member);
    }

    @Override
    public String toString() {
      return object.operation().id() + " " + field();
    }
  }

  @Test
  void theExampleOfEveryBodyFitsItsSchemaAndIsCarriedOut() {
    for (BodyObject object : bodies()) {
      Response response = accepted(object, object.example());
      assertThat(response.status()).as(response.text()).isIn(200, 201);
    }
  }

  @Test
  void everyMemberTakesWhatItsSchemaAllows() {
    List<Case> cases = cases(SchemaValues::accepted);
    cases.removeIf(
        tried ->
            FURTHER_RULES.contains(tried.field().replaceAll("\\d", "").replace("runbooks[].", "")));
    // They are merged with those that the incident has, which may become too many.
    cases.removeIf(
        tried ->
            tried.object().operation().id().equals("changeIncident")
                && tried.member().equals("labels"));
    assertThat(cases).isNotEmpty().allSatisfy(tried -> accepted(tried.object(), tried.body()));
  }

  @Test
  void everyMemberRefusesWhatItsSchemaDoesNotAllow() {
    assertThat(cases(SchemaValues::refused))
        .isNotEmpty()
        .allSatisfy(tried -> refused(tried.object(), tried.body(), tried.member()));
  }

  private List<Case> cases(Function<SchemaValues, List<JsonNode>> which) {
    List<Case> cases = new ArrayList<>();
    for (BodyObject object : objects()) {
      for (String member : object.members()) {
        JsonNode schema = object.schema().get("properties").get(member);
        for (JsonNode value : which.apply(SchemaValues.of(contract, schema))) {
          cases.add(new Case(object, member, object.with(member, value)));
        }
      }
    }
    return cases;
  }

  @Test
  void everyRequiredMemberIsMissed() {
    List<Case> cases = new ArrayList<>();
    for (BodyObject object : objects()) {
      for (JsonNode member : object.schema().path("required")) {
        cases.add(new Case(object, member.asString(), object.without(member.asString())));
      }
    }
    assertThat(cases)
        .isNotEmpty()
        .allSatisfy(tried -> refused(tried.object(), tried.body(), tried.member()));
  }

  @Test
  void anUnknownMemberIsRefusedAndTheAllowedOnesAreThoseOfTheSchema() {
    Map<JsonNode, Set<String>> allowed = new HashMap<>();
    for (BodyObject object : objects()) {
      Response response = refused(object, object.with("no_such_member", JSON), "no_such_member");
      allowed
          .computeIfAbsent(object.schema(), _ -> new TreeSet<>())
          .addAll(DocumentedOperations.allowedFields(response, object.field("no_such_member")));
    }
    allowed.forEach(
        (schema, fields) ->
            assertThat(fields)
                .as("fields that the service reads of %s", schema)
                .containsExactlyInAnyOrderElementsOf(schema.get("properties").propertyNames()));
  }

  /** Not in the example, because it must name a runbook that exists. */
  @Test
  void theFieldsOfAStepThatRunsARunbookAreThoseOfItsSchema() {
    String body =
        """
        {"name": "Parent", "steps": [{"title": "Run", "kind": "runbook", "runbook": {"no_such_member": 1}}]}
        """;
    Response response = service.admin().post("/api/v1/runbooks", body).expect(422);
    assertThat(DocumentedOperations.allowedFields(response, "steps[0].runbook.no_such_member"))
        .containsExactlyInAnyOrderElementsOf(
            contract.schema("RunbookCallDefinition").get("properties").propertyNames());
  }

  /** The bodies of all operations. */
  private List<BodyObject> bodies() {
    List<BodyObject> bodies = new ArrayList<>();
    for (Operation operation : contract.operations()) {
      operation
          .body()
          .map(contract::schema)
          .ifPresent(schema -> bodies.add(new BodyObject(operation, schema, schema, "")));
    }
    assertThat(bodies).hasSizeGreaterThan(5);
    return bodies;
  }

  /** The bodies, and the objects within their examples. */
  private List<BodyObject> objects() {
    List<BodyObject> objects = new ArrayList<>();
    bodies().forEach(body -> addObjects(body, body.example(), objects));
    return objects;
  }

  private void addObjects(BodyObject object, JsonNode example, List<BodyObject> objects) {
    objects.add(object);
    for (String member : object.members()) {
      JsonNode schema = contract.target(object.schema().get("properties").get(member));
      JsonNode value = example.path(member);
      if (value.isObject() && schema.has("properties")) {
        addObjects(object.at("/" + member, schema), value, objects);
      }
      JsonNode items = contract.target(schema.path("items"));
      for (int i = 0; items.has("properties") && i < value.size(); i++) {
        addObjects(object.at("/" + member + "/" + i, items), value.get(i), objects);
      }
    }
  }

  /** Read without complaint. What it asks for may not be possible, such as a transition. */
  private Response accepted(BodyObject object, JsonNode body) {
    assertThat(contract.errors(object.whole(), body)).as(body.toString()).isEmpty();
    Response response =
        operations.send(object.operation(), operations.target(object.operation()), body);
    assertThat(response.status())
        .as("%s of %s answered %s", object.operation().id(), body, response.text())
        .isNotIn(400, 422);
    return response;
  }

  private Response refused(BodyObject object, JsonNode body, String member) {
    assertThat(contract.errors(object.whole(), body)).as(body.toString()).isNotEmpty();
    Operation operation = object.operation();
    DocumentedOperations.OperationTarget target =
        targets.computeIfAbsent(operation.id(), _ -> operations.target(operation));
    Response response = operations.send(operation, target, body);
    assertThat(response.status())
        .as("%s of %s answered %s", operation.id(), body, response.text())
        .isEqualTo(422);
    assertThat(response.at("errors").valueStream().map(error -> error.get("field").asString()))
        .as("fields at fault in %s", response.text())
        .anyMatch(field -> field.startsWith(object.field(member)));
    return response;
  }
}
