package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

@ExtendWith(RunningService.class)
class GenericPlanTest {

  /** Enough executions for the driver to prepare the statement on the server. */
  private static final int TIMES = 12;

  private final Service service;

  GenericPlanTest(Service service) {
    this.service = service;
  }

  @Test
  void aStatementWithAGenericPlanIsNotPlannedForItsValues() throws SQLException {
    String account = Service.newAccount();
    // One connection, so that its prepared statements can be inspected.
    try (DatabasePool database =
        new DatabasePool(
            "test",
            ConnectionFactory.of(DatabaseUrl.parse("DATABASE_URL", service.databaseUrl())),
            1,
            new SimpleMeterRegistry())) {
      TenantDatabase tenants = new TenantDatabase(database);
      SqlStatement sql =
          SqlStatement.withGenericPlan(
              "select id from np_incidents where source_account_id = :account and id ="
                  + " any(:ids::uuid[])");
      for (int i = 0; i < TIMES; i++) {
        tenants.query(
            account,
            sql,
            Map.of("account", account, "ids", new String[0]),
            row -> row.getString("id"));
      }
      try (Connection connection = database.connection();
          Statement statement = connection.createStatement();
          ResultSet plans =
              statement.executeQuery(
                  "select generic_plans, custom_plans from pg_prepared_statements"
                      + " where statement like '%select id from np_incidents%'")) {
        assertThat(plans.next()).as("the statement is prepared").isTrue();
        assertThat(plans.getInt("generic_plans")).as("generic plans").isPositive();
        assertThat(plans.getInt("custom_plans")).as("custom plans").isZero();
      }
    }
  }
}
