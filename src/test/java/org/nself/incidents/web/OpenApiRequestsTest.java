package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
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
import tools.jackson.databind.JsonNode;

/**
 * The parameters, headers and error statuses of each operation are those of the document, no more
 * and no less. The cases are made of the document: whatever is added to it is tried here.
 */
@ExtendWith(RunningService.class)
class OpenApiRequestsTest {

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
          "label",
          "label_name");

  /** A longer one gets 414. */
  private static final int MAX_URL = 32_000;

  private final Service service;
  private final OpenApiContract contract;
  private final DocumentedOperations operations;

  OpenApiRequestsTest(Service service) {
    this.service = service;
    this.contract = OpenApiContract.read();
    this.operations = new DocumentedOperations(service, contract);
  }

  @Test
  void everyQueryParameterTakesWhatItsSchemaAllowsAndRefusesWhatItDoesNot() {
    for (Operation operation : contract.operations()) {
      List<JsonNode> parameters = DocumentedOperations.parameters(operation).toList();
      if (!parameters.isEmpty()) {
        DocumentedOperations.OperationTarget target = operations.target(operation);
        parameters.forEach(parameter -> check(operation, parameter, target));
      }
    }
  }

  private static String append(String path, String query) {
    return path + (path.contains("?") ? "&" : "?") + query;
  }

  private void check(
      Operation operation, JsonNode parameter, DocumentedOperations.OperationTarget target) {
    String name = parameter.get("name").asString();
    SchemaValues values = SchemaValues.of(contract, parameter.get("schema"));
    for (JsonNode value : values.accepted()) {
      if (!PARAMETERS_WITH_FURTHER_RULES.contains(name)) {
        String path = append(target.path(), DocumentedOperations.query(name, value));
        contract.check(operation.id(), ask(operation, target, path).expect(200));
      }
    }
    for (JsonNode value : values.refused()) {
      if (canBeWritten(value) || (isNumber(parameter) && !value.isNull())) {
        String path = append(target.path(), DocumentedOperations.query(name, value));
        if (path.length() > MAX_URL) {
          continue;
        }
        Response response = ask(operation, target, path).expect(400);
        contract.check(operation.id(), response);
        assertThat(response.text("errors/0/field")).startsWith(name);
      }
    }
  }

  private Response ask(
      Operation operation, DocumentedOperations.OperationTarget target, String path) {
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

  @Test
  void anUnknownQueryParameterIsRefusedAndTheAllowedOnesAreThoseOfTheOperation() {
    for (Operation operation : contract.operations()) {
      if (operation.path().startsWith("/api/") && operation.method().equals("GET")) {
        DocumentedOperations.OperationTarget target = operations.target(operation);
        Response response =
            target.api().get(append(target.path(), "no_such_parameter=1")).expect(400);
        Set<String> documented = operation.parameterNames("query");
        if (documented.isEmpty()) {
          assertThat(response.text("errors/0/field")).isEqualTo("no_such_parameter");
        } else {
          assertThat(DocumentedOperations.allowedFields(response, "no_such_parameter"))
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
      DocumentedOperations.OperationTarget target = operations.target(operation);
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
    DocumentedOperations.OperationTarget target = operations.target(operation);
    return send(operation, target.api().header(header, value), target.path()).status();
  }

  /** With the example as its body. */
  private Response send(Operation operation, Api api, String path) {
    return operation
        .body()
        .map(
            schema ->
                operations.send(
                    operation,
                    new DocumentedOperations.OperationTarget(api, path),
                    operations.example(schema)))
        .orElseGet(() -> api.send(operation.method(), path, null, null));
  }

  /** Statuses that do not depend on what a resource is like. */
  @Test
  void exactlyTheDocumentedErrorStatusesOccur() {
    for (Operation operation : contract.operations()) {
      DocumentedOperations.OperationTarget target = operations.target(operation);
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
      Operation operation, DocumentedOperations.OperationTarget target, String type, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return target.api().send(operation.method(), target.path(), utf8, type).status();
  }
}
