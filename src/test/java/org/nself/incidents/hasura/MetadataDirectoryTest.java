package org.nself.incidents.hasura;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.json.JsonMapper;

class MetadataDirectoryTest {

  /** Files of the directory that are not metadata. */
  private static final List<String> OTHERS =
      List.of("config.yaml", "generate", "merge", "merge.jq", "replace_metadata.json");

  private static Map<String, String> metadataFiles() {
    Map<String, String> files = new TreeMap<>(MetadataDirectory.files());
    assertThat(files).containsKeys(OTHERS.toArray(String[]::new));
    files.keySet().removeAll(OTHERS);
    return files;
  }

  @Test
  void anExportWritesTheSameFiles() {
    Map<String, String> files = metadataFiles();
    assertThat(MetadataDirectory.write(MetadataDirectory.read(files))).isEqualTo(files);
  }

  @Test
  void theJsonFormHasTheContentOfTheDirectory() {
    Map<String, Object> request =
        MetadataDirectory.map(
            JsonMapper.shared()
                .readValue(MetadataDirectory.files().get("replace_metadata.json"), Map.class));
    assertThat(request).containsEntry("type", "replace_metadata").containsEntry("version", 2);
    Map<String, Object> metadata =
        MetadataDirectory.map(MetadataDirectory.map(request.get("args")).get("metadata"));
    assertThat(metadata).containsOnlyKeys("version", "sources", "remote_schemas");
    assertThat(MetadataDirectory.write(metadata)).isEqualTo(metadataFiles());
  }

  @Test
  void writtenYamlIsReadBackAsTheSameValues() {
    Map<String, Object> values =
        MetadataDirectory.ordered(
            Map.entry("text", "$id"),
            Map.entry("include", "!include a/b.yaml"),
            Map.entry("word", "true"),
            Map.entry("nothing", ""),
            Map.entry("quoted", "say \"no\\yes\": #1"),
            Map.entry("lines", "type A {\n  b: C!\n}\n"),
            Map.entry("open", "a\nb"),
            Map.entry("number", 60),
            Map.entry("truth", true),
            Map.entry("empty", Map.of("list", List.of(), "map", Map.of())),
            Map.entry("list", List.of("a", Map.of("b", List.of("c", "d")), 3)));
    assertThat(new Yaml().<Object>load(NormalYaml.write(values))).isEqualTo(values);
    assertThat(new Yaml().<Object>load(NormalYaml.write(List.of(values, "x"))))
        .isEqualTo(List.of(values, "x"));
  }

  @Test
  void theAdminHasNoPermissionsBecauseHasuraRejectsThem() {
    assertThat(String.join("\n", metadataFiles().values())).doesNotContain("role: admin");
  }
}
