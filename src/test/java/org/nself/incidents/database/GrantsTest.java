package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** The grants that each start repeats are those of the migrations. */
@ExtendWith(RunningService.class)
class GrantsTest {

  /** As careful administrators do; the role then needs each grant. */
  private static final String REVOKE_FROM_EVERYBODY =
      "revoke execute on all functions in schema public from public";

  private static final String REVOKE_ALL =
      """
      revoke all on all tables in schema public from nself_incident_mgmt;
      revoke all on all sequences in schema public from nself_incident_mgmt;
      revoke all on all functions in schema public from nself_incident_mgmt;
      revoke update (created_at) on np_idempotency_keys from nself_incident_mgmt;
      """;

  /** What everybody may do is never missing: schema public, and functions by default. */
  private static final String ALL =
      """
      select format('%s on %s', acl.privilege_type, object) as granted
      from (
        select relname::text as object, relacl as acls from pg_class where relnamespace = 'public'::regnamespace
        union all
        select format('%s (%s)', attrelid::regclass, attname), attacl from pg_attribute where attacl is not null
        union all
        select oid::regprocedure::text, proacl from pg_proc
        where pronamespace = 'public'::regnamespace
          and not exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0)
      ) objects, aclexplode(acls) acl
      where acl.grantee = 'nself_incident_mgmt'::regrole
      order by granted
      """;

  private final TestPostgres postgres;

  GrantsTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @Test
  void aStartGrantsWhatARestoredDatabaseLacks() throws SQLException {
    String database = postgres.createDatabase();
    DatabaseUrl url = DatabaseUrl.parse("DATABASE_URL", database);
    Migrations.run(url);
    String name = database.substring(database.lastIndexOf('/') + 1);
    postgres.execute(name, REVOKE_FROM_EVERYBODY);
    List<String> granted = granted(database);
    assertThat(granted).hasSizeGreaterThan(30);
    postgres.execute(name, REVOKE_ALL);
    assertThat(granted(database)).isEmpty();
    try (Service service = Service.start(database, Map.of())) {
      assertThat(granted(database))
          .as("db/grants.sql has the grants that the migrations make")
          .isEqualTo(granted);
      Api api = service.admin();
      api.open("After a restore");
    }
  }

  private static List<String> granted(String database) throws SQLException {
    List<String> granted = new ArrayList<>();
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(ALL)) {
      while (row.next()) {
        granted.add(row.getString(1));
      }
    }
    return granted;
  }
}
