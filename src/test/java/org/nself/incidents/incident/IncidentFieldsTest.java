package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** A list selects only the columns that the GraphQL document needs. */
@ExtendWith(RunningService.class)
class IncidentFieldsTest {

  private final Api api;
  private final List<String> fields;

  IncidentFieldsTest(Service service) {
    api = service.admin();
    api.post(
            "/api/v1/incidents",
            """
            {"title":"A","summary":"Why","severity":"high","owner":"ana","services":["db"],"labels":{"env":"prod"},
             "dedup_key":"a","opened_at":"2026-01-01T00:00:00Z"}
            """)
        .expect(201);
    for (String status : List.of("acknowledged", "mitigating", "resolved", "closed")) {
      api.patch("/api/v1/incidents/1", "{\"status\":\"" + status + "\"}").expect(200);
    }
    api.open("B");
    api.post("/api/v1/incidents/2/merge", "{\"into\":1}").expect(200);
    fields = leaves();
  }

  /** The scalar fields of an incident. */
  private List<String> leaves() {
    List<String> names = new ArrayList<>();
    for (JsonNode field :
        api.data("{ __type(name: \"Incident\") { fields { name type { ...T } } } }" + TYPE)
            .at("/__type/fields")) {
      JsonNode type = field.get("type");
      while (type.get("ofType") != null && !type.get("ofType").isNull()) {
        type = type.get("ofType");
      }
      if (!type.get("kind").asString().equals("OBJECT")) {
        names.add(field.get("name").asString());
      }
    }
    return names;
  }

  private static final String TYPE =
      " fragment T on __Type { kind ofType { kind ofType { kind ofType { kind } } } }";

  @Test
  void eachFieldHasTheSameValueAloneAndAmongAllOthers() {
    JsonNode all = api.data("{ incidents { nodes { " + String.join(" ", fields) + " } } }");
    assertThat(fields).contains("id", "labels", "closedAt", "mergedInto", "availableTransitions");
    for (String field : fields) {
      JsonNode alone = api.data("{ incidents { nodes { " + field + " } } }");
      for (int i = 0; i < 2; i++) {
        String place = "/incidents/nodes/" + i + "/" + field;
        assertThat(alone.at(place)).as(field + " alone").isEqualTo(all.at(place));
      }
      assertThat(all.at("/incidents/nodes"))
          .as("an incident that has a " + field)
          .anySatisfy(incident -> assertThat(incident.get(field).isNull()).isFalse());
    }
  }

  @Test
  void aFieldInAFragmentOfAnEdgeUnderAnAliasIsSelected() {
    JsonNode found =
        api.data(
            """
            query ($yes: Boolean = true) { incidents(orderBy: OPENED_AT_ASC) { edges { ...E } } }
            fragment E on IncidentEdge { node { ... on Incident { why: summary tags: labels @include(if: $yes) } } }
            """);
    assertThat(found.at("/incidents/edges/0/node").toString())
        .isEqualTo("{\"why\":\"Why\",\"tags\":{\"env\":\"prod\"}}");
  }

  @Test
  void columnsThatAreNotSelectedAreNotRead() {
    assertThat(IncidentColumns.of(Set.of("labels", "title")).sql())
        .contains(", labels,", "null::text as summary", "null::timestamptz as closed_at");
  }
}
