package org.nself.incidents.hasura;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.introspection.IntrospectionResultToSchema;
import graphql.language.Document;
import java.util.Map;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.json.JsonMapper;

/** Runs Hasura's introspection query for a remote schema. */
final class Introspection {

  private static final String TYPE_REFERENCE =
      "fragment Ref on __Type { kind name" + " ofType { kind name".repeat(7) + " }".repeat(8);

  private static final String QUERY =
      """
      query IntrospectionQuery {
        __schema {
          queryType { name } mutationType { name } subscriptionType { name }
          types {
            kind name description
            fields(includeDeprecated: true) {
              name description args { ...In } type { ...Ref } isDeprecated deprecationReason
            }
            inputFields { ...In }
            interfaces { ...Ref }
            enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
            possibleTypes { ...Ref }
          }
          directives { name description locations args { ...In } }
        }
      }
      fragment In on __InputValue { name description type { ...Ref } defaultValue }
      """
          + TYPE_REFERENCE;

  private Introspection() {}

  /** With the configured header only; Hasura sends no account, role or user with it. */
  @SuppressWarnings("unchecked")
  static Document of(Service service) {
    Api hasura =
        service.with(
            Map.of(
                "Authorization", "Bearer " + Service.TOKEN, "User-Agent", "hasura-graphql-engine"));
    Map<String, Object> answer =
        JsonMapper.shared().convertValue(hasura.graphql(QUERY, "{}").expect(200).body(), Map.class);
    assertThat(answer).containsOnlyKeys("data");
    return new IntrospectionResultToSchema()
        .createSchemaDefinition((Map<String, Object>) answer.get("data"));
  }
}
