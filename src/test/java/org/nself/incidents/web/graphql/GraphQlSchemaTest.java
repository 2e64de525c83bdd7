package org.nself.incidents.web.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** The schema as Hasura reads it when it adds a remote schema. */
@ExtendWith(RunningService.class)
class GraphQlSchemaTest {

  /** Of 13 levels and 181 fields: no fewer must be allowed. */
  private static final String INTROSPECTION =
      """
      query IntrospectionQuery {
        __schema {
          queryType { name }
          mutationType { name }
          subscriptionType { name }
          types { ...FullType }
          directives { name description locations args { ...InputValue } }
        }
      }
      fragment FullType on __Type {
        kind
        name
        description
        fields(includeDeprecated: true) {
          name
          description
          args { ...InputValue }
          type { ...TypeRef }
          isDeprecated
          deprecationReason
        }
        inputFields { ...InputValue }
        interfaces { ...TypeRef }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
        possibleTypes { ...TypeRef }
      }
      fragment InputValue on __InputValue {
        name
        description
        type { ...TypeRef }
        defaultValue
      }
      fragment TypeRef on __Type {
        kind
        name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name
          ofType { kind name ofType { kind name ofType { kind name } } } } } } }
      }
      """;

  private final Service service;

  GraphQlSchemaTest(Service service) {
    this.service = service;
  }

  private JsonNode schema(Map<String, String> headers) {
    Api.Response response = service.with(headers).graphql(INTROSPECTION, "{}").expect(200);
    assertThat(response.body().has("errors")).as(response.text()).isFalse();
    return response.at("data/__schema");
  }

  /** Without a header of any client, and without one of Hasura's own. */
  private JsonNode schema() {
    return schema(
        Map.of(
            "Authorization", "Bearer " + Service.TOKEN, "User-Agent", "hasura-graphql-engine/v2"));
  }

  @Test
  void introspectionIsAnsweredWithTheTokenAlone() {
    assertThat(schema().at("/queryType/name").asString()).isEqualTo("Query");
    assertThat(schema(Map.of("X-Internal-Token", Service.INTERNAL_TOKEN)).at("/types").size())
        .isGreaterThan(20);
  }

  @Test
  void everythingIsDescribed() {
    List<String> bare = new ArrayList<>();
    for (JsonNode type : own(schema().at("/types"))) {
      String name = type.get("name").asString();
      describe(bare, name, type);
      for (String kind : List.of("fields", "inputFields", "enumValues")) {
        for (JsonNode member : type.get(kind)) {
          String path = name + "." + member.get("name").asString();
          describe(bare, path, member);
          member
              .path("args")
              .forEach(
                  argument ->
                      describe(bare, path + "(" + argument.get("name").asString() + ")", argument));
        }
      }
    }
    assertThat(bare).as("what has no description").isEmpty();
  }

  private static void describe(List<String> bare, String path, JsonNode element) {
    if (element.get("description").isNull() || element.get("description").asString().isBlank()) {
      bare.add(path);
    }
  }

  @Test
  void nothingHasADefaultValue() {
    List<String> defaults = new ArrayList<>();
    for (JsonNode type : own(schema().at("/types"))) {
      for (JsonNode field : type.get("fields")) {
        for (JsonNode argument : field.get("args")) {
          if (!argument.get("defaultValue").isNull()) {
            defaults.add(type.get("name") + "." + field.get("name") + "." + argument.get("name"));
          }
        }
      }
      for (JsonNode field : type.get("inputFields")) {
        if (!field.get("defaultValue").isNull()) {
          defaults.add(type.get("name") + "." + field.get("name"));
        }
      }
    }
    assertThat(defaults).as("default values break Hasura's role permissions").isEmpty();
  }

  @Test
  void everyMutationHasOneInput() {
    for (JsonNode type : own(schema().at("/types"))) {
      if (type.get("name").asString().equals("Mutation")) {
        for (JsonNode field : type.get("fields")) {
          assertThat(field.get("args").size()).as(field.get("name").asString()).isEqualTo(1);
          assertThat(field.at("/args/0/name").asString()).isEqualTo("input");
          assertThat(field.at("/args/0/type/kind").asString()).isEqualTo("NON_NULL");
        }
      }
    }
  }

  /** Queries over an account, and that of Relay, which no row joins. */
  private static final Set<String> NOT_JOINED =
      Set.of("incidentMetrics", "incidentHeatmap", "node");

  @Test
  void argumentsOfQueriesAreOptionalSoThatARemoteJoinMayPassNull() {
    for (JsonNode type : own(schema().at("/types"))) {
      if (type.get("name").asString().equals("Query")) {
        for (JsonNode field : type.get("fields")) {
          if (NOT_JOINED.contains(field.get("name").asString())) {
            continue;
          }
          for (JsonNode argument : field.get("args")) {
            assertThat(argument.at("/type/kind").asString())
                .as(field.get("name") + "." + argument.get("name"))
                .isNotEqualTo("NON_NULL");
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Int", "String", "Boolean", "UUID", "DateTime", "JSON"})
  void aScalarIsThere(String name) {
    assertThat(schema().at("/types").valueStream().map(type -> type.get("name").asString()))
        .contains(name);
  }

  /** Without the types of introspection itself and GraphQL's own scalars. */
  private static List<JsonNode> own(JsonNode types) {
    List<String> builtIn = List.of("Int", "String", "Boolean", "Float", "ID");
    return types
        .valueStream()
        .filter(type -> !type.get("name").asString().startsWith("__"))
        .filter(type -> !builtIn.contains(type.get("name").asString()))
        .toList();
  }
}
