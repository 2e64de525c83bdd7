package org.nself.incidents.hasura;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nself.incidents.testing.Programs;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The script that merges our metadata into that of an existing Hasura. A server that answers {@code
 * export_metadata} and records requests replaces the engine, which is not available here.
 */
class MergeScriptTest {

  private static final JsonMapper JSON = JsonMapper.shared();

  /** Metadata of a user with tables and a remote schema, who also added to one of our tables. */
  private static final String THEIRS =
      """
      {
        "resource_version": 7,
        "metadata": {
          "version": 3,
          "sources": [
            {
              "name": "default", "kind": "postgres",
              "tables": [
                {"table": {"schema": "public", "name": "users"}, "select_permissions": [{"role": "user", "permission": {"columns": ["id"], "filter": {}}}]},
                {
                  "table": {"schema": "public", "name": "np_incidents"},
                  "select_permissions": [
                    {"role": "auditor", "permission": {"columns": ["id"], "filter": {}}},
                    {"role": "user", "permission": {"columns": ["id"], "filter": {}}}
                  ],
                  "event_triggers": [{"name": "theirs"}]
                }
              ],
              "configuration": {"connection_info": {"database_url": "postgres://theirs"}}
            }
          ],
          "remote_schemas": [{"name": "billing", "definition": {"url": "http://billing"}}],
          "actions": [{"name": "theirs"}]
        }
      }
      """;

  private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
  private final List<String> secrets = new CopyOnWriteArrayList<>();
  private HttpServer hasura = started();
  private String theirs = THEIRS;
  private int replacing = 200;

  @BeforeEach
  void needsCurlAndJq() {
    Programs.need(
        Programs.isThere("curl") && Programs.isThere("jq"),
        "hasura-metadata/merge is not tried, because curl or jq is not installed");
  }

  @AfterEach
  void stop() {
    hasura.stop(0);
  }

  private HttpServer started() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/v1/metadata",
          exchange -> {
            JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
            requests.add(request);
            secrets.add(
                String.valueOf(exchange.getRequestHeaders().getFirst("X-Hasura-Admin-Secret")));
            boolean export = request.get("type").asString().equals("export_metadata");
            byte[] answer =
                (export ? theirs : "{\"message\":\"as Hasura says\"}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(export ? 200 : replacing, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Programs.ProgramResult merge(String... arguments) {
    List<String> command = new ArrayList<>(List.of("hasura-metadata/merge"));
    command.addAll(List.of(arguments));
    return Programs.run(
        command,
        Map.of(
            "HASURA_GRAPHQL_ENDPOINT",
            "http://127.0.0.1:" + hasura.getAddress().getPort(),
            "HASURA_GRAPHQL_ADMIN_SECRET",
            "the secret"));
  }

  private JsonNode merged() {
    Programs.ProgramResult result = merge();
    assertThat(result.status()).as(result.output()).isZero();
    assertThat(secrets).containsOnly("the secret");
    assertThat(requests).hasSize(2);
    JsonNode request = requests.getLast();
    assertThat(request.get("type").asString()).isEqualTo("replace_metadata");
    assertThat(request.get("resource_version").asInt()).isEqualTo(7);
    return request.at("/args/metadata");
  }

  private static JsonNode named(JsonNode list, String pointer, String name) {
    for (JsonNode item : list) {
      if (item.at(pointer).asString().equals(name)) {
        return item;
      }
    }
    throw new AssertionError("No " + name + " in " + list);
  }

  @Test
  void existingMetadataIsUnchanged() {
    JsonNode metadata = merged();
    JsonNode before = JSON.readTree(THEIRS).get("metadata");
    assertThat(metadata.get("actions")).isEqualTo(before.get("actions"));
    assertThat(metadata.at("/sources/0/configuration"))
        .isEqualTo(before.at("/sources/0/configuration"));
    assertThat(metadata.at("/sources/0/tables/0")).isEqualTo(before.at("/sources/0/tables/0"));
    assertThat(metadata.at("/remote_schemas/0")).isEqualTo(before.at("/remote_schemas/0"));
    JsonNode incidents = named(metadata.at("/sources/0/tables"), "/table/name", "np_incidents");
    assertThat(incidents.at("/event_triggers/0/name").asString()).isEqualTo("theirs");
    assertThat(named(incidents.get("select_permissions"), "/role", "auditor"))
        .isEqualTo(before.at("/sources/0/tables/1/select_permissions/0"));
  }

  @Test
  void ourMetadataIsComplete() {
    JsonNode metadata = merged();
    JsonNode ours =
        JSON.readTree(
                Objects.requireNonNull(MetadataDirectory.files().get("replace_metadata.json")))
            .at("/args/metadata");
    for (JsonNode table : ours.at("/sources/0/tables")) {
      String name = table.at("/table/name").asString();
      JsonNode theirs = named(metadata.at("/sources/0/tables"), "/table/name", name);
      table
          .properties()
          .forEach(
              member ->
                  assertThat(theirs.get(member.getKey()))
                      .as("%s of %s", member.getKey(), name)
                      .containsAll(member.getValue()));
    }
    assertThat(named(metadata.get("remote_schemas"), "/name", "incident-mgmt"))
        .isEqualTo(ours.at("/remote_schemas/0"));
  }

  @Test
  void mergingAgainChangesNothing() {
    JsonNode once = merged();
    theirs = "{\"resource_version\":7,\"metadata\":" + once + "}";
    requests.clear();
    assertThat(merged()).isEqualTo(once);
  }

  @Test
  void anotherDatabaseNameIsUsedEverywhere() {
    theirs = THEIRS.replace("\"default\"", "\"main\"");
    assertThat(merge().output()).contains("no database called default; there are: main");
    Programs.ProgramResult result = merge("--source", "main", "--dry-run");
    assertThat(result.status()).as(result.output()).isZero();
    assertThat(result.output()).doesNotContain("\"default\"").contains("\"source\": \"main\"");
    assertThat(requests)
        .extracting(request -> request.get("type").asString())
        .containsOnly("export_metadata");
  }

  @Test
  void errorsOfHasuraAreReported() {
    replacing = 409;
    Programs.ProgramResult result = merge();
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.output()).contains("Hasura answered 409", "as Hasura says");
  }
}
