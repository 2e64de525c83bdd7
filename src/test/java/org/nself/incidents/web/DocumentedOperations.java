package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.OpenApiContract;
import org.nself.incidents.testing.OpenApiContract.Operation;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The operations of the OpenAPI document, and requests for them that would succeed. */
final class DocumentedOperations {

  private static final String UNKNOWN = "unknown field; allowed fields: ";

  /** Values of the query parameters that are required. */
  private static final Map<String, String> PERIOD =
      Map.of("from", "2026-01-01T00:00:00Z", "to", "2026-02-01T00:00:00Z");

  private final Service service;
  private final OpenApiContract contract;

  DocumentedOperations(Service service, OpenApiContract contract) {
    this.service = service;
    this.contract = contract;
  }

  /** A caller of an account that nobody else uses, and the path of an operation in it. */
  record OperationTarget(Api api, String path) {}

  OperationTarget target(Operation operation) {
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
        contract.operations().stream()
            .filter(create -> create.path().equals(collection))
            .flatMap(create -> create.body().stream())
            .map(this::example)
            .findAny()
            .orElseThrow();
    Response first = api.post(collection, example.toString()).expect(201);
    // Where there can be two, the first is there to be named by the other.
    Response second = api.post(collection, example.toString());
    String id = (second.status() == 201 ? second : first).text("id");
    return new OperationTarget(
        api, operation.path().replace("{id}", id).replace("{kind}", "started"));
  }

  Response send(Operation operation, OperationTarget target, JsonNode body) {
    byte[] utf8 = body.toString().getBytes(StandardCharsets.UTF_8);
    return contract.check(
        operation.id(),
        target.api().send(operation.method(), target.path(), utf8, "application/json"));
  }

  JsonNode example(String schema) {
    return contract.schema(schema).at("/examples/0");
  }

  /** The fields that the error of an unknown field lists. */
  static List<String> allowedFields(Response response, String field) {
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

  /** The parameters in the query of an operation. */
  static Stream<JsonNode> parameters(Operation operation) {
    return operation
        .node()
        .path("parameters")
        .valueStream()
        .filter(parameter -> parameter.get("in").asString().equals("query"));
  }

  /** As the parameter's style says: lists by comma, the members of an object one by one. */
  static String query(String name, JsonNode value) {
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
}
