package org.nself.incidents.hasura;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.language.Document;
import graphql.language.FieldDefinition;
import graphql.language.ObjectTypeDefinition;
import graphql.parser.Parser;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.RoleRules;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/**
 * Everything that the metadata names exists; every table and column is either exposed or listed as
 * internal.
 */
@ExtendWith(RunningService.class)
class TrackedTablesTest {

  /** Our tables that are not tracked in Hasura. */
  private static final Set<String> INTERNAL =
      Set.of(
          "np_idempotency_keys",
          "np_incident_numbers",
          "np_incident_timeline_heads",
          "np_incident_mgmt_cluster",
          "np_incident_mgmt_migrations",
          "np_runbook_tasks");

  /**
   * Columns that no role may select, of the tables where it is not only the account, which is the
   * caller's own. A salt would allow guessing a redacted text from its hash. A position suggests
   * that readers can follow it, but a lower one may still commit. Columns computed from a
   * definition are for queries of the service. The others are internal.
   */
  private static final Map<String, Set<String>> WITHHELD =
      Map.of(
          "np_incident_timeline", Set.of("source_account_id", "salt", "content_hash", "position"),
          "np_runbook_versions",
              Set.of(
                  "source_account_id",
                  "attach",
                  "called_runbooks",
                  "called_keys",
                  "definition_bytes"),
          "np_runbook_executions", Set.of("source_account_id", "fence", "wakes", "awaits_incident"),
          "np_runbook_steps", Set.of("source_account_id"),
          "np_runbook_attempts", Set.of("source_account_id", "fence"),
          "np_runbook_decisions", Set.of("source_account_id"),
          "np_runbook_attachments", Set.of("source_account_id"));

  private final Service service;
  private final Map<String, Tracked> tables = Tracked.all();

  TrackedTablesTest(Service service) {
    this.service = service;
  }

  private Set<String> texts(String sql) {
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      Set<String> texts = new TreeSet<>();
      while (result.next()) {
        texts.add(result.getString(1));
      }
      return texts;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private Set<String> columns(String table) {
    return texts(
        """
        select column_name from information_schema.columns
        where table_schema = 'public' and table_name = '%s'
        """
            .formatted(table));
  }

  @Test
  void everyTableIsTrackedOrInternal() {
    Set<String> expected =
        texts("select tablename from pg_tables where schemaname = 'public' and tablename ~ '^np_'");
    expected.removeAll(INTERNAL);
    assertThat(tables.keySet()).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void everyColumnIsExposedToEachRoleOrListedAsInternal() {
    tables.forEach(
        (name, table) -> {
          Set<String> shown = columns(name);
          shown.removeAll(WITHHELD.getOrDefault(name, Set.of("source_account_id")));
          assertThat(table.permissions())
              .extracting(Tracked.Permission::role)
              .containsExactlyElementsOf(RoleRules.LIMITED);
          table
              .permissions()
              .forEach(
                  permission ->
                      assertThat(permission.columns())
                          .as("columns of %s for %s", name, permission.role())
                          .containsExactlyInAnyOrderElementsOf(shown));
        });
  }

  @Test
  void everyRelationshipUsesAForeignKeyBetweenTrackedTables() {
    tables.forEach(
        (name, table) -> {
          assertThat(columns(name))
              .as("names of relationships and columns of %s", name)
              .doesNotContainAnyElementsOf(
                  table.relationships().stream().map(Tracked.Relationship::name).toList());
          table
              .relationships()
              .forEach(
                  relationship ->
                      assertThat(foreignKeys(relationship.from()))
                          .as("%s of %s", relationship.name(), name)
                          .anyMatch(
                              key ->
                                  key.startsWith(String.join(",", relationship.columns()) + "->")
                                      && (relationship.from().equals(name)
                                          ? tables.containsKey(key.replaceFirst(".*->", ""))
                                          : key.endsWith("->" + name))));
          table
              .relationships()
              .forEach(relationship -> assertThat(tables).containsKey(relationship.from()));
        });
  }

  /** Each as {@code column,column->table}. */
  private Set<String> foreignKeys(String table) {
    return texts(
        """
        select string_agg(a.attname, ',' order by k.place) || '->' || c.confrelid::regclass
        from pg_constraint c
        cross join unnest(c.conkey) with ordinality k (number, place)
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number
        where c.contype = 'f' and c.conrelid = 'public.%s'::regclass
        group by c.oid, c.confrelid
        """
            .formatted(table));
  }

  @Test
  void theMetadataAllowsNoWrites() {
    tables
        .values()
        .forEach(
            table ->
                assertThat(table.metadata())
                    .doesNotContainKeys(
                        "insert_permissions", "update_permissions", "delete_permissions"));
  }

  @Test
  void rootFieldsAreEnabledOnlyWhereHasuraSupportsThem() {
    tables.forEach(
        (name, table) -> {
          Set<String> primaryKey =
              texts(
                  """
                  select a.attname from pg_constraint c
                  join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
                  where c.contype = 'p' and c.conrelid = 'public.%s'::regclass
                  """
                      .formatted(name));
          table
              .permissions()
              .forEach(
                  permission -> {
                    for (String sort : List.of("query_root_fields", "subscription_root_fields")) {
                      List<Object> fields = MetadataDirectory.list(permission.all().get(sort));
                      assertThat(
                              fields.contains("select_by_pk")
                                  && !permission.columns().containsAll(primaryKey))
                          .as("select_by_pk of %s needs the whole primary key", name)
                          .isFalse();
                      assertThat(
                              fields.contains("select_aggregate")
                                  && permission.all().get("allow_aggregations") == null)
                          .as("select_aggregate of %s needs allow_aggregations", name)
                          .isFalse();
                    }
                  });
        });
  }

  @Test
  void everyRoleCanStreamTheTimeline() {
    Tracked timeline = java.util.Objects.requireNonNull(tables.get("np_incident_timeline"));
    assertThat(timeline.permissions())
        .allSatisfy(
            permission ->
                assertThat(MetadataDirectory.list(permission.all().get("subscription_root_fields")))
                    .contains("select_stream"));
  }

  @Test
  void everyRemoteRelationshipJoinsExistingFieldsForEachRole() {
    Map<String, Object> remote =
        MetadataDirectory.map(
            MetadataDirectory.list(
                    MetadataDirectory.read(MetadataDirectory.files()).get("remote_schemas"))
                .getFirst());
    List<Document> schemas = new ArrayList<>();
    schemas.add(Introspection.of(service));
    for (Object permission : MetadataDirectory.list(remote.get("permissions"))) {
      schemas.add(
          Parser.parse(
              String.valueOf(
                  MetadataDirectory.map(MetadataDirectory.map(permission).get("definition"))
                      .get("schema"))));
    }
    assertThat(schemas).hasSize(1 + RoleRules.LIMITED.size());
    schemas.forEach(
        schema -> {
          tables.values().forEach(table -> fromTable(schema, table, remote));
          for (Object type : MetadataDirectory.list(remote.get("remote_relationships"))) {
            toTables(schema, MetadataDirectory.map(type));
          }
        });
  }

  private static void fromTable(Document schema, Tracked table, Map<String, Object> remote) {
    for (Object entry : MetadataDirectory.list(table.metadata().get("remote_relationships"))) {
      Map<String, Object> target = definition(entry, "to_remote_schema");
      assertThat(target).containsEntry("remote_schema", remote.get("name"));
      Map<String, Object> fields = MetadataDirectory.map(target.get("remote_field"));
      assertThat(fields).as("exactly one field of Query").hasSize(1);
      String name = fields.keySet().iterator().next();
      FieldDefinition field = field(schema, "Query", name);
      Map<String, Object> arguments =
          MetadataDirectory.map(MetadataDirectory.map(fields.get(name)).get("arguments"));
      assertThat(field.getInputValueDefinitions())
          .extracting(argument -> argument.getName())
          .containsAll(arguments.keySet());
      List<Object> from = MetadataDirectory.list(target.get("lhs_fields"));
      assertThat(arguments.values())
          .containsExactlyInAnyOrderElementsOf(from.stream().map(column -> "$" + column).toList());
      table
          .permissions()
          .forEach(
              permission ->
                  assertThat(permission.columns())
                      .containsAll(from.stream().map(String::valueOf).toList()));
    }
  }

  private void toTables(Document schema, Map<String, Object> type) {
    String object = String.valueOf(type.get("type_name"));
    for (Object entry : MetadataDirectory.list(type.get("relationships"))) {
      Map<String, Object> target = definition(entry, "to_source");
      String table = String.valueOf(MetadataDirectory.map(target.get("table")).get("name"));
      assertThat(tables).containsKey(table);
      MetadataDirectory.map(target.get("field_mapping"))
          .forEach(
              (from, to) -> {
                field(schema, object, from);
                assertThat(columns(table)).contains(String.valueOf(to));
              });
      assertThat(object(schema, object).getFieldDefinitions())
          .extracting(FieldDefinition::getName)
          .doesNotContain(String.valueOf(MetadataDirectory.map(entry).get("name")));
    }
  }

  private static Map<String, Object> definition(Object relationship, String sort) {
    return MetadataDirectory.map(
        MetadataDirectory.map(MetadataDirectory.map(relationship).get("definition")).get(sort));
  }

  private static ObjectTypeDefinition object(Document schema, String name) {
    return schema.getDefinitionsOfType(ObjectTypeDefinition.class).stream()
        .filter(object -> object.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("The schema has no type " + name));
  }

  private static FieldDefinition field(Document schema, String object, String name) {
    return object(schema, object).getFieldDefinitions().stream()
        .filter(field -> field.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(object + " has no field " + name));
  }
}
