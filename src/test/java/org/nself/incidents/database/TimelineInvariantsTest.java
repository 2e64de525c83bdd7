package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** Invariants that hold for a superuser who writes without the service. */
@ExtendWith(RunningService.class)
class TimelineInvariantsTest {

  private final Service service;
  private final Api api;
  private final String account;
  private final String incident;

  TimelineInvariantsTest(Service service) {
    this.service = service;
    this.account = Service.newAccount();
    this.api = service.as(account, "admin");
    this.incident = api.open("Watched");
    for (int i = 2; i <= 5; i++) {
      api.post(timeline(), "{\"message\":\"Note " + i + "\"}").expect(201);
    }
  }

  private String timeline() {
    return "/api/v1/incidents/" + incident + "/timeline";
  }

  @Test
  void anEventInsertedByPsqlGetsTheNextSeqAndTheChainHolds() throws SQLException {
    psql(
        "insert into np_incident_timeline (source_account_id, incident_id, seq, message) values"
            + " ('%s', '%s', 99, 'by hand')");
    Response events = api.get(timeline()).expect(200);
    assertThat(events.text("timeline/5/message")).isEqualTo("by hand");
    assertThat(events.at("timeline/5/seq").asInt()).isEqualTo(6);
    assertThat(verification().at("intact").asBoolean()).isTrue();
    assertThat(verification().at("events").asInt()).isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update np_incident_timeline set message = 'Note X' where source_account_id = '%s' and"
            + " incident_id = '%s' and seq = 3",
        "update np_incident_timeline set actor = 'nobody' where source_account_id = '%s' and"
            + " incident_id = '%s' and seq = 3",
        "update np_incident_timeline set redacted = true, message = null, data = null, salt = null,"
            + " kind = 'x' where source_account_id = '%s' and incident_id = '%s' and seq = 3",
        "delete from np_incident_timeline where source_account_id = '%s' and incident_id = '%s' and"
            + " seq = 5",
      })
  void changingOrDeletingAnEventIsRefused(String statement) {
    assertThatThrownBy(() -> psql(statement)).hasMessageContaining("append-only");
  }

  @Test
  void truncatingTheTimelineIsRefused() {
    assertThatThrownBy(() -> psql("truncate np_incident_timeline cascade -- %s %s"))
        .hasMessageContaining("append-only");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update np_incident_timeline set message = 'Note X' where source_account_id = '%s' and"
            + " incident_id = '%s' and seq = 3",
        "update np_incident_timeline set data = '{\"a\":1}' where source_account_id = '%s' and"
            + " incident_id = '%s' and seq = 3",
        "update np_incident_timeline set actor = 'nobody' where source_account_id = '%s' and"
            + " incident_id = '%s' and seq = 3",
        "update np_incident_timeline set kind = 'calm' where source_account_id = '%s' and"
            + " incident_id = '%s' and seq = 3",
        "update np_incident_timeline set occurred_at = now() - interval '1 year' where"
            + " source_account_id = '%s' and incident_id = '%s' and seq = 3",
        "update np_incident_timeline set recorded_at = recorded_at + interval '1 microsecond' where"
            + " source_account_id = '%s' and incident_id = '%s' and seq = 3",
        "update np_incident_timeline set supersedes = 1 where source_account_id = '%s' and"
            + " incident_id = '%s' and seq = 3",
        "delete from np_incident_timeline where source_account_id = '%s' and incident_id = '%s' and"
            + " seq = 3",
      })
  void aChangeWithDisabledTriggersBreaksTheChain(String tampering) throws SQLException {
    assertThat(verification().at("intact").asBoolean()).isTrue();
    psql("set session_replication_role = replica; " + tampering);
    assertThat(verification().at("intact").asBoolean()).isFalse();
    assertThat(verification().at("first_broken_seq").asInt()).isBetween(3, 4);
  }

  @Test
  void aTruncatedTimelineBreaksTheChain() throws SQLException {
    psql(
        "set session_replication_role = replica; delete from np_incident_timeline where"
            + " source_account_id = '%s' and incident_id = '%s' and seq = 5");
    assertThat(verification().at("intact").asBoolean()).isFalse();
    assertThat(verification().at("first_broken_seq").asInt()).isEqualTo(5);
  }

  @Test
  void theChainHoldsInAnyTimeZoneOfTheSession() throws SQLException {
    psql(
        "set timezone = 'Asia/Kathmandu'; insert into np_incident_timeline (source_account_id,"
            + " incident_id, message) values ('%s', '%s', 'from afar')");
    assertThat(verification().at("intact").asBoolean()).isTrue();
  }

  @Test
  void theServiceRoleCannotChangeTheHeadOfTheChain() {
    assertThatThrownBy(
            () ->
                psql(
                    "set role nself_incident_mgmt; update np_incident_timeline_heads set seq = 1"
                        + " where source_account_id = '%s' and incident_id = '%s'"))
        .hasMessageContaining("permission denied");
  }

  @Test
  void anIllegalTransitionIsRejectedFromAnyWriter() {
    assertThatThrownBy(
            () ->
                psql(
                    "update np_incidents set status = 'closed' where source_account_id = '%s' and"
                        + " id = '%s'"))
        .hasMessageContaining("cannot go from open to closed");
  }

  @Test
  void theDatabaseAssignsIncidentNumbersToAnyWriter() throws SQLException {
    psql(
        "insert into np_incidents (source_account_id, number, title) values ('%s', 1, 'By hand --"
            + " %s')");
    assertThat(api.get("/api/v1/incidents/2").expect(200).text("title")).startsWith("By hand");
  }

  private Response verification() {
    return api.get(timeline() + "/verification").expect(200);
  }

  private void psql(String sql) throws SQLException {
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement()) {
      statement.execute(sql.formatted(account, incident));
    }
  }
}
