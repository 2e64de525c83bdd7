package org.nself.incidents.hasura;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.language.Document;
import graphql.language.FieldDefinition;
import graphql.language.ObjectTypeDefinition;
import graphql.parser.Parser;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.RoleRules;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Generates the SDL of each role and the metadata as one JSON file from the schema of the running
 * service, and compares them with the committed files. {@code hasura-metadata/generate} writes them
 * with {@code -Dhasura-metadata.write=true}.
 */
@ExtendWith(RunningService.class)
class RoleSchemaTest {

  private static final String STALE =
      "hasura-metadata/%s is not of this schema any more; run hasura-metadata/generate";
  private static final String AS_JSON = "replace_metadata.json";
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Document schema;

  RoleSchemaTest(Service service) {
    this.schema = Introspection.of(service);
  }

  private String generated(String role) {
    return RoleSchema.of(
        schema, (type, field) -> RoleRules.may(role, type.toLowerCase(Locale.ROOT), field));
  }

  @Test
  void theFilesMatchTheSchemaOfTheService() throws IOException {
    Map<String, String> files = MetadataDirectory.files();
    Map<String, Object> metadata = withRoleSchemas(MetadataDirectory.read(files));
    Map<String, String> expected = new LinkedHashMap<>(MetadataDirectory.write(metadata));
    expected.put(AS_JSON, JSON.writeValueAsString(replaceMetadata(metadata)) + "\n");
    if (Boolean.getBoolean("hasura-metadata.write")) {
      for (String file : List.of("remote_schemas.yaml", AS_JSON)) {
        Files.writeString(MetadataDirectory.PLACE.resolve(file), expected.get(file));
      }
      return;
    }
    for (Map.Entry<String, String> file : expected.entrySet()) {
      assertThat(files.get(file.getKey())).as(STALE, file.getKey()).isEqualTo(file.getValue());
    }
  }

  private static Map<String, Object> replaceMetadata(Map<String, Object> metadata) {
    return MetadataDirectory.ordered(
        Map.entry("type", "replace_metadata"),
        Map.entry("version", 2),
        Map.entry(
            "args",
            MetadataDirectory.ordered(
                Map.entry("allow_inconsistent_metadata", false), Map.entry("metadata", metadata))));
  }

  /** The metadata with a permission for each limited role, by name. */
  private Map<String, Object> withRoleSchemas(Map<String, Object> metadata) {
    List<Object> permissions = new ArrayList<>();
    for (String role : RoleRules.LIMITED) {
      permissions.add(
          MetadataDirectory.ordered(
              Map.entry("role", role), Map.entry("definition", Map.of("schema", generated(role)))));
    }
    MetadataDirectory.map(MetadataDirectory.list(metadata.get("remote_schemas")).getFirst())
        .put("permissions", permissions);
    return metadata;
  }

  @Test
  void theSchemaOfEachRoleIsAValidSubset() {
    for (String role : RoleRules.LIMITED) {
      assertThat(Narrowing.faults(schema, Parser.parse(generated(role)))).as(role).isEmpty();
    }
  }

  @Test
  void eachRoleHasExactlyTheFieldsThatTheServicePermits() {
    for (String role : RoleRules.LIMITED) {
      Document sdl = Parser.parse(generated(role));
      for (String type : List.of("Query", "Mutation")) {
        assertThat(fields(sdl, type))
            .as("%s of the role %s", type, role)
            .containsExactlyInAnyOrderElementsOf(
                fields(schema, type).stream()
                    .filter(field -> RoleRules.may(role, type.toLowerCase(Locale.ROOT), field))
                    .toList());
      }
    }
  }

  @Test
  void typesUsedOnlyByForbiddenMutationsAreOmitted() {
    assertThat(generated("viewer")).doesNotContain("input OpenIncidentInput", "mutation:");
    assertThat(generated("user"))
        .contains("input OpenIncidentInput", "mutation: Mutation")
        .doesNotContain("CreateRunbookInput", "UpdateRunbookField");
  }

  private static List<String> fields(Document document, String type) {
    return document.getDefinitionsOfType(ObjectTypeDefinition.class).stream()
        .filter(object -> object.getName().equals(type))
        .flatMap(object -> object.getFieldDefinitions().stream())
        .map(FieldDefinition::getName)
        .toList();
  }
}
