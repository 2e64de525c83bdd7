package org.nself.incidents.hasura;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A table that the metadata tracks.
 *
 * @param metadata the content of its file
 */
record Tracked(String name, Map<String, Object> metadata) {

  /** A select permission. */
  record Permission(
      String role, List<String> columns, Map<String, Object> filter, Map<String, Object> all) {}

  /**
   * A relationship by a foreign key.
   *
   * @param from the table that has the key
   */
  record Relationship(String name, String from, List<String> columns) {}

  static Map<String, Tracked> all() {
    Map<String, Object> metadata = MetadataDirectory.read(MetadataDirectory.files());
    Map<String, Object> source =
        MetadataDirectory.map(MetadataDirectory.list(metadata.get("sources")).getFirst());
    Map<String, Tracked> tables = new LinkedHashMap<>();
    for (Object table : MetadataDirectory.list(source.get("tables"))) {
      Map<String, Object> content = MetadataDirectory.map(table);
      String name = tableName(content);
      tables.put(name, new Tracked(name, content));
    }
    return tables;
  }

  private static String tableName(Map<String, Object> of) {
    return String.valueOf(MetadataDirectory.map(of.get("table")).get("name"));
  }

  List<Permission> permissions() {
    return MetadataDirectory.list(metadata.get("select_permissions")).stream()
        .map(MetadataDirectory::map)
        .map(
            entry -> {
              Map<String, Object> permission = MetadataDirectory.map(entry.get("permission"));
              return new Permission(
                  String.valueOf(entry.get("role")),
                  texts(permission.get("columns")),
                  MetadataDirectory.map(permission.get("filter")),
                  permission);
            })
        .toList();
  }

  List<Relationship> relationships() {
    List<Relationship> relationships = new ArrayList<>();
    for (String sort : List.of("object_relationships", "array_relationships")) {
      for (Object entry : MetadataDirectory.list(metadata.get(sort))) {
        Map<String, Object> relationship = MetadataDirectory.map(entry);
        Object on =
            Objects.requireNonNull(
                MetadataDirectory.map(relationship.get("using")).get("foreign_key_constraint_on"));
        String known = String.valueOf(relationship.get("name"));
        relationships.add(
            on instanceof List<?>
                ? new Relationship(known, name, texts(on))
                : new Relationship(
                    known,
                    tableName(MetadataDirectory.map(on)),
                    texts(MetadataDirectory.map(on).get("columns"))));
      }
    }
    return relationships;
  }

  private static List<String> texts(@org.jspecify.annotations.Nullable Object list) {
    return MetadataDirectory.list(list).stream().map(String::valueOf).toList();
  }
}
