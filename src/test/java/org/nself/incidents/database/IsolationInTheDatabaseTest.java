package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;
import org.nself.incidents.testing.TestPostgres;

/** Tests every table of the catalogue, new ones included. */
@ExtendWith(RunningService.class)
class IsolationInTheDatabaseTest {

  private final Service service;
  private final DirectDatabase superuser;

  IsolationInTheDatabaseTest(Service service) {
    this.service = service;
    this.superuser = new DirectDatabase(service.databaseUrl());
  }

  @TestFactory
  Stream<DynamicTest> everyTableForcesRowLevelSecurityByAccount() {
    return tables().stream()
        .map(
            table ->
                DynamicTest.dynamicTest(
                    table,
                    () -> {
                      assertThat(
                              superuser.texts(
                                  """
                                  select format('%s %s', relrowsecurity, relforcerowsecurity)
                                  from pg_class where oid = 'public.TABLE'::regclass
                                  """
                                      .replace("TABLE", table)))
                          .containsExactly("t t");
                      assertThat(
                              superuser.texts(
                                  "select concat(qual, ' / ', with_check) from pg_policies where"
                                      + " schemaname = 'public' and tablename = '"
                                      + table
                                      + "'"))
                          .isNotEmpty()
                          .allSatisfy(
                              policy ->
                                  assertThat(policy)
                                      .contains(
                                          "source_account_id ="
                                              + " current_setting('app.source_account_id'"));
                    }));
  }

  @TestFactory
  Stream<DynamicTest> everyKeyAndForeignKeyBeginsWithTheAccount() {
    return superuser
        .texts(
            """
            select format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid))
            from pg_constraint
            where contype in ('p', 'u', 'f') and conrelid::regclass::text like 'np\\_%'
              and conrelid not in (
                'np_incident_mgmt_migrations'::regclass, 'np_incident_mgmt_cluster'::regclass, 'np_runbook_tasks'::regclass)
            """)
        .stream()
        .map(
            key ->
                DynamicTest.dynamicTest(
                    key,
                    () ->
                        assertThat(key)
                            .matches(
                                ".*KEY \\(source_account_id.*|.*UNIQUE \\(source_account_id.*")));
  }

  @TestFactory
  Stream<DynamicTest> theServiceRoleSeesAndChangesNothingOfAnotherAccountInAnyTable() {
    String owner = Service.newAccount();
    fill(service.as(owner, "admin"));
    return tables().stream()
        .map(
            table ->
                DynamicTest.dynamicTest(
                    table,
                    () -> {
                      Eventually.until(
                          Duration.ofSeconds(20),
                          "a row of the owner in " + table + ", without which nothing is tried",
                          () ->
                              superuser.number(
                                      "select count(*) from %s where source_account_id = '%s'"
                                          .formatted(table, owner))
                                  > 0);
                      try (Connection connection = asServiceRole(Service.newAccount());
                          Statement statement = connection.createStatement()) {
                        if (!allowed(table, "SELECT")) {
                          assertThatThrownBy(() -> statement.executeQuery("select from " + table))
                              .hasMessageContaining("permission denied");
                          return;
                        }
                        assertThat(count(statement, "select count(*) from " + table))
                            .as("rows of other accounts seen in %s", table)
                            .isZero();
                        if (allowed(table, "DELETE")) {
                          assertThat(statement.executeUpdate("delete from " + table)).isZero();
                        }
                        if (allowed(table, "UPDATE")) {
                          assertThat(
                                  statement.executeUpdate(
                                      "update " + table + " set source_account_id = 'x'"))
                              .isZero();
                        }
                      }
                    }));
  }

  /** db-scheduler's table has no account column; its instance ids end in the account. */
  @Test
  void theServiceRoleSeesAndWritesTheTasksOfItsAccountOnly() throws SQLException {
    String account = Service.newAccount();
    String insert =
        "insert into np_runbook_tasks (task_name, task_instance, execution_time, picked, version)"
            + " values ('probe', 'x %s', 'infinity', false, 1)";
    try (Connection theirs = asServiceRole("x " + account);
        Connection own = asServiceRole(account);
        Statement their = theirs.createStatement();
        Statement statement = own.createStatement()) {
      their.execute(insert.formatted("x " + account));
      statement.execute(insert.formatted(account));
      String seen = "select count(*) from np_runbook_tasks where task_name = 'probe'";
      assertThat(count(their, seen)).isEqualTo(1);
      assertThat(count(statement, seen)).isEqualTo(1);
      assertThat(statement.executeUpdate("update np_runbook_tasks set version = 2")).isEqualTo(1);
      assertThatThrownBy(() -> statement.execute(insert.formatted("another")))
          .hasMessageContaining("row-level security");
    }
  }

  @Test
  void theServiceRoleCannotWriteIntoAnotherAccount() throws SQLException {
    try (Connection connection = asServiceRole(Service.newAccount());
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(
              () ->
                  statement.execute(
                      "insert into np_incidents (source_account_id, title) values ('"
                          + Service.newAccount()
                          + "', 'x')"))
          .hasMessageContaining("row-level security");
    }
  }

  @Test
  void withoutAnAccountTheServiceRoleSeesNothing() throws SQLException {
    fill(service.admin());
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement()) {
      statement.execute("set role nself_incident_mgmt");
      assertThat(count(statement, "select count(*) from np_incidents")).isZero();
      statement.execute("set app.source_account_id = ''");
      assertThat(count(statement, "select count(*) from np_incidents")).isZero();
    }
  }

  @Test
  void theServiceRoleOwnsNothingAndBypassesNothing() {
    assertThat(
            superuser.texts(
                "select format('%s %s %s', rolsuper, rolbypassrls, rolcanlogin) from pg_roles where"
                    + " rolname = 'nself_incident_mgmt'"))
        .containsExactly("f f f");
    assertThat(
            superuser.texts(
                "select relname from pg_class where pg_get_userbyid(relowner) ="
                    + " 'nself_incident_mgmt'"))
        .isEmpty();
  }

  @Test
  void everyTableAndColumnHasAComment() {
    assertThat(
            superuser.texts(
                """
                select format('%s.%s', c.relname, a.attname)
                from pg_class c
                join pg_attribute a on a.attrelid = c.oid and a.attnum >= 0 and not a.attisdropped
                where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname like 'np\\_%'
                  and c.relname <> 'np_incident_mgmt_migrations' and col_description(c.oid, a.attnum) is null
                union all
                select c.relname
                from pg_class c
                where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname like 'np\\_%'
                  and c.relname <> 'np_incident_mgmt_migrations' and obj_description(c.oid) is null
                """))
        .as("tables and columns without a comment")
        .isEmpty();
  }

  @Test
  void everyForeignKeyHasAnIndexToServeIt() {
    assertThat(
            superuser.texts(
                """
                select format('%s %s', conrelid::regclass, conname)
                from pg_constraint c
                where contype = 'f' and conrelid::regclass::text like 'np\\_%'
                  and not exists (
                    select from pg_index i
                    where i.indrelid = c.conrelid and (i.indkey::int2[])[0:array_length(c.conkey, 1) - 1] @> c.conkey)
                  and conname <> 'np_incident_timeline_supersedes_fkey'
                """))
        .as(
            "foreign keys without an index; only supersedes goes without, because events are never"
                + " deleted")
        .isEmpty();
  }

  /** Creates rows in every table, some of them in the background. */
  private void fill(Api owner) {
    String runbook =
        owner
            .post(
                "/api/v1/runbooks",
                """
                {"name": "Theirs", "attach": {"condition": "incident.title == 'Theirs'"},
                 "steps": [{"title": "Ask", "kind": "http", "http": {"method": "get", "url": "%s/health"}}]}\
                """
                    .formatted(service.url()))
            .expect(201)
            .text("id");
    // For an attempt; the incident, for an attachment; the approval, for a decision.
    owner.post("/api/v1/runbooks/" + runbook + "/executions", "{}").expect(201);
    String id =
        owner
            .header("Idempotency-Key", "fill")
            .post("/api/v1/incidents", "{\"title\":\"Theirs\"}")
            .expect(201)
            .text("id");
    owner.post("/api/v1/incidents/" + id + "/timeline", "{\"message\":\"Theirs\"}").expect(201);
    owner
        .post(
            "/api/v1/runbook-executions/%s/steps/%s/decide"
                .formatted(Settled.waiting(owner).execution(), Settled.APPROVAL),
            "{\"verdict\":\"approve\"}")
        .expect(200);
  }

  private Connection asServiceRole(String account) throws SQLException {
    Connection connection = TestPostgres.connect(service.databaseUrl());
    try (Statement statement = connection.createStatement()) {
      statement.execute("set role nself_incident_mgmt");
      statement.execute("set app.source_account_id = '" + account + "'");
    }
    return connection;
  }

  private List<String> tables() {
    List<String> tables =
        superuser.texts(
            """
            select relname from pg_class
            where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname like 'np\\_%'
              and relname not in ('np_incident_mgmt_migrations', 'np_incident_mgmt_cluster', 'np_runbook_tasks')
            """);
    assertThat(tables)
        .contains("np_incidents", "np_incident_timeline", "np_idempotency_keys", "np_runbooks");
    return tables;
  }

  private boolean allowed(String table, String privilege) {
    return superuser
        .texts(
            "select has_table_privilege('nself_incident_mgmt', '%s', '%s')"
                .formatted(table, privilege))
        .getFirst()
        .equals("t");
  }

  private static int count(Statement statement, String sql) throws SQLException {
    try (ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getInt(1);
    }
  }
}
