package org.nself.incidents.contract;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.TypeDefinitionRegistry;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.OpenApiContract;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;
import tools.jackson.databind.JsonNode;

/**
 * No generated request is answered with a status of 500 or more, nor otherwise than the OpenAPI
 * document says. {@code bench/contract} sends 20,000 of them; the seed is printed.
 */
@ExtendWith(RunningService.class)
class GeneratedRequestsTest {

  private static final int REQUESTS = Integer.getInteger("contract.requests", 500);
  private static final long SEED = Long.getLong("contract.seed", 1);
  private static final int MAX_SHOWN = 20;

  private static final Set<Integer> GRAPHQL_STATUSES = Set.of(200, 400, 405, 406, 413, 415, 422);

  private static final Set<String> CODES =
      Set.of(
          "unauthenticated",
          "forbidden",
          "not_found",
          "method_not_allowed",
          "not_acceptable",
          "invalid",
          "conflict",
          "precondition_failed",
          "too_large",
          "unsupported_media_type",
          "idempotency_mismatch",
          "rate_limited",
          "cursor_lost");

  private final Service service;
  private final OpenApiContract contract = OpenApiContract.read();

  GeneratedRequestsTest(Service service) {
    this.service = service;
  }

  @Test
  @SuppressWarnings("try") // After an error it connects again for the next request.
  void everyGeneratedRequestIsAnsweredByTheContract() throws IOException {
    String account = Service.newAccount();
    Api admin = service.as(account, "admin");
    Map<String, List<String>> known = known(admin);
    RestGenerator rest = new RestGenerator(contract, known);
    GraphQlGenerator graphql = new GraphQlGenerator(schema(), known);
    Map<Integer, Integer> statuses = new TreeMap<>();
    Map<String, String> failures = new LinkedHashMap<>();
    long start = System.nanoTime();
    try (KeepAliveConnection connection = new KeepAliveConnection(service.port())) {
      for (int i = 0; i < REQUESTS; i++) {
        Choices choices = new Choices(SEED * 1_000_003 + i);
        boolean isGraphQl = choices.chance(0.35);
        GeneratedRequest request = isGraphQl ? graphql.next(choices) : rest.next(choices);
        for (Map.Entry<String, String> header : admin.headers().entrySet()) {
          request = request.with(header.getKey(), header.getValue());
        }
        @Nullable String fault;
        try {
          Response response = connection.send(request);
          statuses.merge(response.status(), 1, Integer::sum);
          fault = isGraphQl ? graphQlFault(response) : restFault(request, response);
        } catch (IOException | RuntimeException e) {
          fault = "no response: " + e;
          connection.close();
        }
        if (fault != null) {
          // One of each kind: the same fault comes with many requests.
          String kind =
              (request.method() + " " + request.target().replaceFirst("\\?.*", "") + " " + fault)
                  .replaceAll("[0-9a-f-]{36}|[0-9]+", "#");
          failures.putIfAbsent(
              kind.substring(0, Math.min(kind.length(), 160)),
              "request %d of seed %d: %s%n  %s".formatted(i, SEED, fault, request));
        }
      }
    }
    System.out.printf(
        "%,d generated requests of seed %d in %d ms; statuses %s; %d kinds of faults%n",
        REQUESTS, SEED, (System.nanoTime() - start) / 1_000_000, statuses, failures.size());
    assertThat(failures.values().stream().limit(MAX_SHOWN).toList())
        .as("faults of %,d requests of seed %d (contract.seed)", REQUESTS, SEED)
        .isEmpty();
  }

  private static TypeDefinitionRegistry schema() {
    TypeDefinitionRegistry registry = new TypeDefinitionRegistry();
    SchemaParser parser = new SchemaParser();
    File[] files =
        Objects.requireNonNull(
            Path.of("schema").toFile().listFiles((_, name) -> name.endsWith(".graphqls")));
    Arrays.sort(files);
    for (File file : files) {
      registry.merge(parser.parse(file));
    }
    return registry;
  }

  /** What exists in the account, so that many requests find something. */
  private static Map<String, List<String>> known(Api admin) {
    List<String> incidents = new ArrayList<>();
    for (String title : List.of("Checkout is down", "café", "Disk full")) {
      incidents.add(admin.open(title));
    }
    Settled settled = Settled.waiting(admin);
    String definition =
        "{\"key\":\"known\",\"name\":\"Known\",\"inputs\":[{\"name\":\"service\"}],\"steps\":[{\"key\":\"hand\",\"title\":\"Look\",\"kind\":\"manual\"}]}";
    String runbook = admin.post("/api/v1/runbooks", definition).expect(201).text("id");
    List<String> executions = new ArrayList<>();
    executions.add(settled.execution());
    for (int i = 0; i < 3; i++) {
      executions.add(
          admin.post("/api/v1/runbooks/" + runbook + "/executions", "{}").expect(201).text("id"));
    }
    List<String> all = new ArrayList<>(incidents);
    all.addAll(executions);
    all.add(runbook);
    all.add(UUID.randomUUID().toString());
    Map<String, List<String>> known = new HashMap<>();
    known.put("uuid", all);
    known.put("incidents.id", incidents);
    known.put("incidentId", incidents);
    known.put("incident_id", incidents);
    known.put("intoId", incidents);
    known.put("runbooks.id", List.of(runbook));
    known.put("runbookId", List.of(runbook));
    known.put("runbook_id", List.of(runbook));
    known.put("runbook-executions.id", executions);
    known.put("executionId", executions);
    known.put("step", List.of("hand", Settled.HAND, Settled.APPROVAL));
    known.put("runbook-executions.key", List.of("hand", Settled.HAND, Settled.APPROVAL));
    known.put("kind", List.of("started", "detected", "manual", "note"));
    return known;
  }

  private @Nullable String restFault(GeneratedRequest request, Response response) {
    if (response.status() >= 500) {
      return "status " + response.status() + ": " + response.text();
    }
    if (response.status() >= 400
        && !String.valueOf(response.header("Content-Type"))
            .startsWith("application/problem+json")) {
      return "status %d as %s: %s"
          .formatted(response.status(), response.header("Content-Type"), response.text());
    }
    try {
      contract.check(request.method(), request.target(), response);
      return null;
    } catch (AssertionError e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static @Nullable String graphQlFault(Response response) {
    if (!GRAPHQL_STATUSES.contains(response.status())) {
      return "status " + response.status() + ": " + response.text();
    }
    JsonNode body = response.body();
    if (!body.isObject() || !(body.has("data") || body.has("errors"))) {
      return "neither data nor errors: " + response.text();
    }
    if (body.has("errors") && body.get("errors").isEmpty()) {
      return "no error in errors";
    }
    for (JsonNode error : body.path("errors")) {
      if (!CODES.contains(error.at("/extensions/code").asString(""))
          || !error.path("message").isString()) {
        return "an error without a documented code: " + error;
      }
    }
    return null;
  }
}
