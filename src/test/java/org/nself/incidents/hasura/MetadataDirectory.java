package org.nself.incidents.hasura;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Hasura metadata of version 3 as a directory and as the JSON object of its API. */
final class MetadataDirectory {

  static final Path PLACE = Path.of("hasura-metadata");

  private static final String INCLUDE = "!include ";
  private static final String TABLES = "tables";

  /**
   * The files outside of databases, with the metadata members in each. A single member is the whole
   * file; several are members of the file.
   */
  private static final Map<String, List<String>> FILES =
      ordered(
          Map.entry("actions.yaml", List.of("actions", "custom_types")),
          Map.entry("allow_list.yaml", List.of("allowlist")),
          Map.entry("api_limits.yaml", List.of("api_limits")),
          Map.entry("backend_configs.yaml", List.of("backend_configs")),
          Map.entry("cron_triggers.yaml", List.of("cron_triggers")),
          Map.entry("graphql_schema_introspection.yaml", List.of("graphql_schema_introspection")),
          Map.entry("inherited_roles.yaml", List.of("inherited_roles")),
          Map.entry("metrics_config.yaml", List.of("metrics_config")),
          Map.entry("network.yaml", List.of("network")),
          Map.entry("opentelemetry.yaml", List.of("opentelemetry")),
          Map.entry("query_collections.yaml", List.of("query_collections")),
          Map.entry("remote_schemas.yaml", List.of("remote_schemas")),
          Map.entry("rest_endpoints.yaml", List.of("rest_endpoints")));

  /** The content of files whose members are unused; other files have an empty list. */
  private static final Map<String, Object> EMPTY =
      Map.of(
          "custom_types",
          ordered(
              Map.entry("enums", List.of()),
              Map.entry("input_objects", List.of()),
              Map.entry("objects", List.of()),
              Map.entry("scalars", List.of())),
          "graphql_schema_introspection",
          Map.of("disabled_for_roles", List.of()),
          "api_limits",
          Map.of(),
          "backend_configs",
          Map.of(),
          "metrics_config",
          Map.of(),
          "network",
          Map.of(),
          "opentelemetry",
          Map.of());

  private MetadataDirectory() {}

  @SafeVarargs
  static <V> Map<String, V> ordered(Map.Entry<String, V>... entries) {
    Map<String, V> map = new LinkedHashMap<>();
    for (Map.Entry<String, V> entry : entries) {
      map.put(entry.getKey(), entry.getValue());
    }
    return map;
  }

  /** The files of the directory, by path within it. */
  static Map<String, String> files() {
    try (Stream<Path> paths = Files.walk(PLACE)) {
      Map<String, String> files = new TreeMap<>();
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        files.put(PLACE.relativize(path).toString().replace('\\', '/'), Files.readString(path));
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The metadata in the format of the API, without empty members. */
  static Map<String, Object> read(Map<String, String> files) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("version", member(yaml(files, "version.yaml"), "version"));
    metadata.put("sources", included(files, "databases/databases.yaml"));
    FILES.forEach(
        (file, members) -> {
          Object content = included(files, file);
          for (String name : members) {
            Object value = members.size() == 1 ? content : member(content, name);
            if (!value.equals(empty(name))) {
              metadata.put(name, value);
            }
          }
        });
    return metadata;
  }

  /** The files that an export of this metadata writes. */
  static Map<String, String> write(Map<String, Object> metadata) {
    Map<String, String> files = new TreeMap<>();
    files.put("version.yaml", NormalYaml.write(Map.of("version", metadata.get("version"))));
    files.put("actions.graphql", "");
    List<Object> sources = new ArrayList<>();
    for (Object source : list(metadata.get("sources"))) {
      sources.add(write(files, map(source)));
    }
    files.put("databases/databases.yaml", NormalYaml.write(sources));
    FILES.forEach(
        (file, members) -> {
          Map<String, Object> content = new LinkedHashMap<>();
          members.forEach(name -> content.put(name, metadata.getOrDefault(name, empty(name))));
          files.put(
              file,
              NormalYaml.write(members.size() == 1 ? content.get(members.getFirst()) : content));
        });
    return files;
  }

  private static Map<String, Object> write(Map<String, String> files, Map<String, Object> source) {
    String directory = source.get("name") + "/" + TABLES + "/";
    List<Object> includes = new ArrayList<>();
    for (Object table : list(source.get(TABLES))) {
      Map<String, Object> name = map(map(table).get("table"));
      String file = name.get("schema") + "_" + name.get("name") + ".yaml";
      files.put("databases/" + directory + file, NormalYaml.write(table));
      includes.add(INCLUDE + file);
    }
    files.put("databases/" + directory + "tables.yaml", NormalYaml.write(includes));
    Map<String, Object> written = new LinkedHashMap<>(source);
    written.put(TABLES, INCLUDE + directory + "tables.yaml");
    return written;
  }

  private static Object empty(String name) {
    return EMPTY.getOrDefault(name, List.of());
  }

  private static Object yaml(Map<String, String> files, String path) {
    return new Yaml(new SafeConstructor(new LoaderOptions()))
        .load(Objects.requireNonNull(files.get(path), path));
  }

  /** The content of a file with its includes resolved. */
  private static Object included(Map<String, String> files, String path) {
    return included(files, path, yaml(files, path));
  }

  private static Object included(Map<String, String> files, String path, Object value) {
    return switch (value) {
      case String text when text.startsWith(INCLUDE) ->
          included(
              files,
              path.substring(0, path.lastIndexOf('/') + 1) + text.substring(INCLUDE.length()));
      case List<?> list ->
          list.stream().map(item -> included(files, path, Objects.requireNonNull(item))).toList();
      case Map<?, ?> map -> {
        Map<String, Object> copy = new LinkedHashMap<>();
        map(map).forEach((name, member) -> copy.put(name, included(files, path, member)));
        yield copy;
      }
      default -> value;
    };
  }

  private static Object member(Object map, String name) {
    return Objects.requireNonNull(map(map).get(name), name);
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(@Nullable Object value) {
    return (Map<String, Object>) Objects.requireNonNull(value);
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(@Nullable Object value) {
    return value == null ? List.of() : (List<Object>) value;
  }
}
