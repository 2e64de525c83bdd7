package org.nself.incidents.web.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.OpenApiContract;
import org.nself.incidents.testing.OpenApiContract.Operation;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.SchemaValues;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The service reads what the document says, no more and no less. The cases are made of the
 * document: whatever is added to it is tried here. A body is its example with one member changed.
 */
@ExtendWith(RunningService.class)
class OpenApiRequestsTest {

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
          "steps[].kind",
          "steps[].note",
          "steps[].runbook",
          "steps[].wait",
          "steps[].when",
          "steps[].http.body",
          "steps[].http.output_path",
          "steps[].http.url",
          "steps[].retry.backoff_seconds",
          "steps[].retry.max_backoff_seconds",
          "steps[].wait.seconds",
          "steps[].wait.until");

  private final Service service;
  private final OpenApiContract contract;

  /** Where bodies are tried that change nothing, by operation. */
  private final Map<String, Target> targets = new HashMap<>();

  OpenApiRequestsTest(Service service) {
    this.service = service;
    this.contract = OpenApiContract.of(service);
  }

  /**
   * An object within the example of a body.
   *
   * @param pointer where it is
   */
  private record Place(Operation operation, JsonNode whole, JsonNode schema, String pointer) {

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

    Place at(String within, JsonNode schema) {
      return new Place(operation, whole, schema, pointer + within);
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
  private record Case(Place place, String member, JsonNode body) {

    String field() {
      return place.field(member);
    }

    @Override
    public String toString() {
      return place.operation().id() + " " + field();
    }
  }

  /** A caller of an account that nobody else uses, and the path of an operation in it. */
  private record Target(Api api, String path) {}

  @Test
  void theExampleOfEveryBodyFitsItsSchemaAndIsCarriedOut() {
    for (Place place : bodies()) {
      Response response = accepted(place, place.example());
      assertThat(response.status()).as(response.text()).isIn(200, 201);
    }
  }

  @Test
  void everyMemberTakesWhatItsSchemaAllows() {
    List<Case> cases = cases(SchemaValues::accepted);
    cases.removeIf(tried -> FURTHER_RULES.contains(tried.field().replaceAll("\\d", "")));
    // They are merged with those that the incident has, which may become too many.
    cases.removeIf(
        tried ->
            tried.place().operation().id().equals("changeIncident")
                && tried.member().equals("labels"));
    assertThat(cases).isNotEmpty().allSatisfy(tried -> accepted(tried.place(), tried.body()));
  }

  @Test
  void everyMemberRefusesWhatItsSchemaDoesNotAllow() {
    assertThat(cases(SchemaValues::refused))
        .isNotEmpty()
        .allSatisfy(tried -> refused(tried.place(), tried.body(), tried.member()));
  }

  private List<Case> cases(Function<SchemaValues, List<JsonNode>> which) {
    List<Case> cases = new ArrayList<>();
    for (Place place : places()) {
      for (String member : place.members()) {
        JsonNode schema = place.schema().get("properties").get(member);
        for (JsonNode value : which.apply(SchemaValues.of(contract, schema))) {
          cases.add(new Case(place, member, place.with(member, value)));
        }
      }
    }
    return cases;
  }

  @Test
  void everyRequiredMemberIsMissed() {
    List<Case> cases = new ArrayList<>();
    for (Place place : places()) {
      for (JsonNode member : place.schema().path("required")) {
        cases.add(new Case(place, member.asString(), place.without(member.asString())));
      }
    }
    assertThat(cases)
        .isNotEmpty()
        .allSatisfy(tried -> refused(tried.place(), tried.body(), tried.member()));
  }

  @Test
  void aMemberThatIsNotInTheSchemaIsRefused() {
    for (Place place : places()) {
      refused(place, place.with("no_such_member", place.example()), "no_such_member");
    }
  }

  /** The bodies of all operations. */
  private List<Place> bodies() {
    List<Place> bodies = new ArrayList<>();
    for (Operation operation : contract.operations()) {
      operation
          .body()
          .map(contract::schema)
          .ifPresent(schema -> bodies.add(new Place(operation, schema, schema, "")));
    }
    assertThat(bodies).hasSizeGreaterThan(5);
    return bodies;
  }

  /** The bodies, and the objects within their examples. */
  private List<Place> places() {
    List<Place> places = new ArrayList<>();
    bodies().forEach(body -> addPlaces(body, body.example(), places));
    return places;
  }

  private static void addPlaces(Place place, JsonNode example, List<Place> places) {
    places.add(place);
    for (String member : place.members()) {
      JsonNode schema = place.schema().get("properties").get(member);
      JsonNode value = example.path(member);
      if (value.isObject() && schema.has("properties")) {
        addPlaces(place.at("/" + member, schema), value, places);
      }
      for (int i = 0; schema.path("items").has("properties") && i < value.size(); i++) {
        addPlaces(place.at("/" + member + "/" + i, schema.get("items")), value.get(i), places);
      }
    }
  }

  /** Read without complaint. What it asks for may not be possible, such as a transition. */
  private Response accepted(Place place, JsonNode body) {
    assertThat(contract.faults(place.whole(), body)).as(body.toString()).isEmpty();
    Response response = send(place.operation(), target(place.operation()), body);
    assertThat(response.status())
        .as("%s of %s answered %s", place.operation().id(), body, response.text())
        .isNotIn(400, 422);
    return response;
  }

  private void refused(Place place, JsonNode body, String member) {
    assertThat(contract.faults(place.whole(), body)).as(body.toString()).isNotEmpty();
    Operation operation = place.operation();
    Target target = targets.computeIfAbsent(operation.id(), _ -> target(operation));
    Response response = send(operation, target, body);
    assertThat(response.status())
        .as("%s of %s answered %s", operation.id(), body, response.text())
        .isEqualTo(422);
    assertThat(response.at("errors").valueStream().map(error -> error.get("field").asString()))
        .as("fields at fault in %s", response.text())
        .anyMatch(field -> field.startsWith(place.field(member)));
  }

  private Response send(Operation operation, Target target, JsonNode body) {
    byte[] utf8 = body.toString().getBytes(StandardCharsets.UTF_8);
    return contract.answers(
        operation.id(),
        target.api().send(operation.method(), target.path(), utf8, "application/json"));
  }

  private Target target(Operation operation) {
    // An account of its own, in which nothing was tried before.
    Api api = service.admin();
    int variable = operation.path().indexOf("/{id}");
    if (variable < 0) {
      return new Target(api, operation.path());
    }
    String collection = operation.path().substring(0, variable);
    if (collection.equals("/api/v1/runbook-executions")) {
      Settled settled =
          operation.id().equals("retryRunbookStep") ? Settled.failed(api) : Settled.waiting(api);
      return new Target(
          api,
          operation
              .path()
              .replace("{id}", settled.execution())
              .replace(
                  "{key}",
                  operation.id().equals("decideRunbookApproval")
                      ? Settled.APPROVAL
                      : Settled.HAND));
    }
    JsonNode example =
        bodies().stream()
            .filter(body -> body.operation().path().equals(collection))
            .findAny()
            .orElseThrow()
            .example();
    Response first = api.post(collection, example.toString()).expect(201);
    // Where there can be two, the first is there to be named by the other.
    Response second = api.post(collection, example.toString());
    String id = (second.status() == 201 ? second : first).text("id");
    return new Target(api, operation.path().replace("{id}", id));
  }

  @Test
  void everyQueryParameterTakesWhatItsSchemaAllowsAndRefusesWhatItDoesNot() {
    for (Operation operation : contract.operations()) {
      List<JsonNode> parameters =
          operation
              .node()
              .path("parameters")
              .valueStream()
              .filter(parameter -> parameter.get("in").asString().equals("query"))
              .toList();
      if (!parameters.isEmpty()) {
        Target target = target(operation);
        parameters.forEach(parameter -> check(operation, parameter, target));
      }
    }
  }

  private void check(Operation operation, JsonNode parameter, Target target) {
    String name = parameter.get("name").asString();
    SchemaValues values = SchemaValues.of(contract, parameter.get("schema"));
    for (JsonNode value : values.accepted()) {
      // What a cursor holds is not said.
      if (!name.equals("cursor")) {
        String path = target.path() + "?" + query(name, value);
        contract.answers(operation.id(), target.api().get(path).expect(200));
      }
    }
    for (JsonNode value : values.refused()) {
      if (canBeWritten(value) || (isNumber(parameter) && !value.isNull())) {
        String path = target.path() + "?" + query(name, value);
        Response response = target.api().get(path).expect(400);
        contract.answers(operation.id(), response);
        assertThat(response.text("errors/0/field")).startsWith(name);
      }
    }
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
    List<String> parts = new ArrayList<>();
    if (value.isObject()) {
      value
          .properties()
          .forEach(
              member ->
                  parts.add(
                      url(name + "." + member.getKey()) + "=" + url(member.getValue().asString())));
      return String.join("&", parts);
    }
    if (value.isArray()) {
      value.forEach(item -> parts.add(url(item.asString())));
      return name + "=" + String.join(",", parts);
    }
    return name + "=" + url(value.asString());
  }

  private static String url(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void aQueryParameterThatIsNotInTheDocumentIsRefused() {
    for (Operation operation : contract.operations()) {
      if (operation.path().startsWith("/api/") && operation.method().equals("GET")) {
        Target target = target(operation);
        Response response = target.api().get(target.path() + "?no_such_parameter=1").expect(400);
        contract.answers(operation.id(), response);
        assertThat(response.text("errors/0/field")).isEqualTo("no_such_parameter");
      }
    }
  }
}
