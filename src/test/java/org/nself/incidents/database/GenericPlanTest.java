package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

@ExtendWith(RunningService.class)
class GenericPlanTest {

  /** After as many executions the driver has prepared a statement on the server. */
  private static final int TIMES = 12;

  private final Service service;

  GenericPlanTest(Service service) {
    this.service = service;
  }

  @Test
  void aStatementWithOnePlanIsNotPlannedForItsValues() throws SQLException {
    String account = Service.newAccount();
    // With one connection, whose prepared statements can be looked at.
    try (DatabasePool database =
        new DatabasePool(DatabaseUrl.parse("DATABASE_URL", service.databaseUrl()), 1)) {
      TenantDatabase accounts = new TenantDatabase(database);
      SqlStatement sql =
          SqlStatement.withGenericPlan(
              "select id from np_incidents where source_account_id = :account and id ="
                  + " any(:ids::uuid[])");
      for (int i = 0; i < TIMES; i++) {
        accounts.query(
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
        assertThat(plans.next()).as("is prepared").isTrue();
        assertThat(plans.getInt("generic_plans")).as("plans for all values").isPositive();
        assertThat(plans.getInt("custom_plans")).as("plans for the values at hand").isZero();
      }
    }
  }
}
