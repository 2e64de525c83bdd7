package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
import tools.jackson.databind.node.JsonNodeFactory;
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

  private static final String UNKNOWN = "unknown field; allowed fields: ";

  /** Query parameters that must be more than their schema says, or fit to others. */
  private static final Set<String> PARAMETERS_WITH_FURTHER_RULES =
      Set.of(
          "archive_missing",
          "cursor",
          "anchor",
          "from",
          "to",
          "time_zone",
          "group_by",
          "without",
          "label_name");

  /** Values of the query parameters that are required. */
  private static final Map<String, String> PERIOD =
      Map.of("from", "2026-01-01T00:00:00Z", "to", "2026-02-01T00:00:00Z");

  private static final JsonNode JSON = JsonNodeFactory.instance.objectNode();

  private final Service service;
  private final OpenApiContract contract;

  /** Where bodies are tried that change nothing, by operation. */
  private final Map<String, OperationTarget> targets = new HashMap<>();

  OpenApiRequestsTest(Service service) {
    this.service = service;
    this.contract = OpenApiContract.read();
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

  /** A caller of an account that nobody else uses, and the path of an operation in it. */
  private record OperationTarget(Api api, String path) {}

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
          .addAll(allowedFields(response, object.field("no_such_member")));
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
    assertThat(allowedFields(response, "steps[0].runbook.no_such_member"))
        .containsExactlyInAnyOrderElementsOf(
            contract.schema("RunbookCallDefinition").get("properties").propertyNames());
  }

  /** The fields that the error of an unknown field lists. */
  private static List<String> allowedFields(Response response, String field) {
    String message =
        response
            .at("errors")
            .valueStream()
            .filter(error -> error.get("field").asString().equals(field))
            .findAny()
            .orElseThrow(() -> new AssertionError(response.text()))
            .get("message")
            .asString();
    assertThat(message).startsWith(UNKNOWN);
    String allowed = message.substring(UNKNOWN.length());
    return allowed.isEmpty() ? List.of() : List.of(allowed.split(", "));
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
    Response response = send(object.operation(), target(object.operation()), body);
    assertThat(response.status())
        .as("%s of %s answered %s", object.operation().id(), body, response.text())
        .isNotIn(400, 422);
    return response;
  }

  private Response refused(BodyObject object, JsonNode body, String member) {
    assertThat(contract.errors(object.whole(), body)).as(body.toString()).isNotEmpty();
    Operation operation = object.operation();
    OperationTarget target = targets.computeIfAbsent(operation.id(), _ -> target(operation));
    Response response = send(operation, target, body);
    assertThat(response.status())
        .as("%s of %s answered %s", operation.id(), body, response.text())
        .isEqualTo(422);
    assertThat(response.at("errors").valueStream().map(error -> error.get("field").asString()))
        .as("fields at fault in %s", response.text())
        .anyMatch(field -> field.startsWith(object.field(member)));
    return response;
  }

  private Response send(Operation operation, OperationTarget target, JsonNode body) {
    byte[] utf8 = body.toString().getBytes(StandardCharsets.UTF_8);
    return contract.check(
        operation.id(),
        target.api().send(operation.method(), target.path(), utf8, "application/json"));
  }

  private OperationTarget target(Operation operation) {
    // An account of its own, in which nothing was tried before.
    Api api = service.admin();
    int variable = operation.path().indexOf("/{id}");
    if (variable < 0) {
      List<String> required =
          parameters(operation)
              .filter(parameter -> parameter.path("required").asBoolean(false))
              .map(parameter -> parameter.get("name").asString())
              .map(
                  name ->
                      query(
                          name,
                          JsonNodeFactory.instance.stringNode(
                              Objects.requireNonNull(PERIOD.get(name)))))
              .toList();
      return new OperationTarget(
          api, operation.path() + (required.isEmpty() ? "" : "?" + String.join("&", required)));
    }
    String collection = operation.path().substring(0, variable);
    if (collection.equals("/api/v1/runbook-executions")) {
      Settled settled =
          operation.id().equals("retryRunbookStep") ? Settled.failed(api) : Settled.waiting(api);
      return new OperationTarget(
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
    return new OperationTarget(
        api, operation.path().replace("{id}", id).replace("{kind}", "started"));
  }

  @Test
  void everyQueryParameterTakesWhatItsSchemaAllowsAndRefusesWhatItDoesNot() {
    for (Operation operation : contract.operations()) {
      List<JsonNode> parameters = parameters(operation).toList();
      if (!parameters.isEmpty()) {
        OperationTarget target = target(operation);
        parameters.forEach(parameter -> check(operation, parameter, target));
      }
    }
  }

  /** The parameters in the query of an operation. */
  private static Stream<JsonNode> parameters(Operation operation) {
    return operation
        .node()
        .path("parameters")
        .valueStream()
        .filter(parameter -> parameter.get("in").asString().equals("query"));
  }

  private static String append(String path, String query) {
    return path + (path.contains("?") ? "&" : "?") + query;
  }

  private void check(Operation operation, JsonNode parameter, OperationTarget target) {
    String name = parameter.get("name").asString();
    SchemaValues values = SchemaValues.of(contract, parameter.get("schema"));
    for (JsonNode value : values.accepted()) {
      if (!PARAMETERS_WITH_FURTHER_RULES.contains(name)) {
        String path = append(target.path(), query(name, value));
        contract.check(operation.id(), ask(operation, target, path).expect(200));
      }
    }
    for (JsonNode value : values.refused()) {
      if (canBeWritten(value) || (isNumber(parameter) && !value.isNull())) {
        String path = append(target.path(), query(name, value));
        Response response = ask(operation, target, path).expect(400);
        contract.check(operation.id(), response);
        assertThat(response.text("errors/0/field")).startsWith(name);
      }
    }
  }

  private Response ask(Operation operation, OperationTarget target, String path) {
    return operation
        .body()
        .map(body -> target.api().post(path, contract.schema(body).at("/examples/0").toString()))
        .orElseGet(() -> target.api().get(path));
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
  void anUnknownQueryParameterIsRefusedAndTheAllowedOnesAreThoseOfTheOperation() {
    for (Operation operation : contract.operations()) {
      if (operation.path().startsWith("/api/") && operation.method().equals("GET")) {
        OperationTarget target = target(operation);
        Response response =
            target.api().get(append(target.path(), "no_such_parameter=1")).expect(400);
        Set<String> documented = operation.parameterNames("query");
        if (documented.isEmpty()) {
          assertThat(response.text("errors/0/field")).isEqualTo("no_such_parameter");
        } else {
          assertThat(allowedFields(response, "no_such_parameter"))
              .as("query parameters of %s", operation.id())
              .containsExactlyInAnyOrderElementsOf(documented);
        }
      }
    }
  }

  @Test
  void exactlyTheDocumentedHeadersHaveAnEffect() {
    for (Operation operation : contract.operations()) {
      Set<String> effective = new TreeSet<>();
      if (status(operation, "Idempotency-Key", "x".repeat(256)) == 400) {
        effective.add("Idempotency-Key");
      }
      if (status(operation, "If-Match", "\"999999\"") == 412) {
        effective.add("If-Match");
      }
      OperationTarget target = target(operation);
      @Nullable String etag =
          operation.method().equals("GET") ? target.api().get(target.path()).header("ETag") : null;
      if (etag != null
          && target.api().header("If-None-Match", etag).get(target.path()).status() == 304) {
        effective.add("If-None-Match");
      }
      Api stream =
          target.api().header("Accept", "text/event-stream").header("Last-Event-ID", "nonsense");
      if (operation.method().equals("GET") && stream.get(target.path()).status() == 400) {
        effective.add("Last-Event-ID");
      }
      assertThat(operation.parameterNames("header"))
          .as("headers of %s", operation.id())
          .isEqualTo(effective);
    }
  }

  private int status(Operation operation, String header, String value) {
    OperationTarget target = target(operation);
    return send(operation, target.api().header(header, value), target.path()).status();
  }

  /** With the example as its body. */
  private Response send(Operation operation, Api api, String path) {
    return operation
        .body()
        .map(schema -> send(operation, new OperationTarget(api, path), example(schema)))
        .orElseGet(() -> api.send(operation.method(), path, null, null));
  }

  private JsonNode example(String schema) {
    return contract.schema(schema).at("/examples/0");
  }

  /** Statuses that do not depend on what a resource is like. */
  @Test
  void exactlyTheDocumentedErrorStatusesOccur() {
    for (Operation operation : contract.operations()) {
      OperationTarget target = target(operation);
      Api api = target.api();
      Map<Integer, Integer> statuses = new TreeMap<>();
      statuses.put(401, send(operation, service.with(Map.of()), target.path()).status());
      statuses.put(
          403,
          send(operation, service.as(Service.newAccount(), "anonymous"), target.path()).status());
      statuses.put(404, send(operation, api, elsewhere(target.path())).status());
      if (operation.body().isPresent()) {
        statuses.put(400, sendText(operation, target, "application/json", "{"));
        statuses.put(
            413,
            sendText(
                operation,
                target,
                "application/json",
                "x".repeat(RequestSizeLimitFilter.MAX_BYTES + 1)));
        statuses.put(415, sendText(operation, target, "text/plain", "{}"));
      } else if (operation.parameterNames("header").contains("Idempotency-Key")) {
        statuses.put(400, status(operation, "Idempotency-Key", "x".repeat(256)));
      } else if (!operation.id().equals("verifyCaller")) {
        statuses.put(400, api.get(append(target.path(), "no_such_parameter=1")).status());
      }
      Api repeated = api.header("Idempotency-Key", "used before");
      repeated.post("/api/v1/incidents", "{\"title\": \"first use\"}").expect(201);
      statuses.put(
          422,
          operation.body().isPresent()
                  && !operation.parameterNames("header").contains("Idempotency-Key")
              ? sendText(operation, target, "application/json", "{\"no_such_member\": 1}")
              : send(operation, repeated, target.path()).status());
      statuses.forEach(
          (expected, actual) ->
              assertThat(actual.equals(expected))
                  .as("%s returns %d", operation.id(), expected)
                  .isEqualTo(operation.hasStatus(expected)));
    }
  }

  private static String elsewhere(String path) {
    return path.replaceFirst("[0-9a-f-]{36}", UUID.randomUUID().toString());
  }

  private static int sendText(
      Operation operation, OperationTarget target, String type, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return target.api().send(operation.method(), target.path(), utf8, type).status();
  }
}
