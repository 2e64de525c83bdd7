package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** Runbooks that run each other, and executions that start many others. */
@ExtendWith(RunningService.class)
class RecursionTest {

  private static final String MANUAL = "[{'title':'Hand','kind':'manual'}]";

  private final Service service;
  private final TestPostgres postgres;
  private final Api admin;
  private final RunbookDriver driver;

  RecursionTest(Service service, TestPostgres postgres) {
    this.service = service;
    this.postgres = postgres;
    this.admin = service.admin();
    this.driver = new RunbookDriver(admin);
  }

  /** Concurrent steps that each run a runbook. */
  private static String calls(String runbook, int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                "{'key':'s%d','title':'Run','kind':'runbook','after':[],'on_failure':'continue','runbook':{'runbook_id':'%s'}}"
                    .formatted(i, runbook))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private Api.Response save(String runbook, String steps) {
    return admin.patch(
        "/api/v1/runbooks/" + runbook, RunbookDriver.json("{'steps':" + steps + "}"));
  }

  @Test
  void aRunbookThatRunsItselfThroughOthersIsNotSaved() {
    String first = driver.runbook(MANUAL);
    String second = driver.runbook(calls(first, 2));
    String third = driver.runbook(calls(second, 1));
    assertThat(save(first, calls(first, 1)).expect(422).text()).contains("s0", "belongs to");
    assertThat(save(first, calls(second, 1)).expect(422).text()).contains("s0", "this one again");
    assertThat(save(first, calls(third, 1)).expect(422).text()).contains("s0", "this one again");
    admin.delete("/api/v1/runbooks/" + second).expect(200);
    assertThat(save(first, calls(third, 1)).expect(422).text())
        .as("through an archived one, of which executions may still run")
        .contains("s0", "this one again");
    save(third, MANUAL).expect(200);
    save(first, calls(third, 1)).expect(200);
  }

  @Test
  void storedRunbooksThatRunEachOtherAreNotStarted() {
    String first = driver.runbook(MANUAL);
    String second = driver.runbook(calls(first, 100));
    String outer = driver.runbook(calls(second, 1));
    new DirectDatabase(service.databaseUrl())
        .execute(
            """
            with runbook as (update np_runbooks set version = version + 1 where id = '%s' returning *)
            insert into np_runbook_versions (source_account_id, runbook_id, version, name, definition, created_by)
            select source_account_id, id, version, name, '{"inputs": [], "steps": %s}', created_by from runbook
            """
                .formatted(
                    first,
                    RunbookDriver.json(calls(second, 100))
                        .replace("\"after\"", "\"effect\":\"idempotent\",\"after\"")));
    for (String runbook : new String[] {first, second}) {
      assertThat(admin.post("/api/v1/runbooks/" + runbook + "/executions", "{}").expect(409).text())
          .contains("runs itself");
    }
    JsonNode failed = driver.await(driver.start(outer), "failed", "succeeded");
    assertThat(RunbookDriver.step(failed, "s0").get("error").asString()).contains("runs itself");
  }

  /**
   * Cancelling takes 10 s at most on two idle cores, which {@code bench/operations} measures. Other
   * tests run at the same time, so here it may take longer.
   */
  @Test
  void oneStartCausesAtMost1000ExecutionsAndCancellingEndsThem() {
    try (Service own =
        Service.start(postgres.createDatabase(), Map.of("RUNBOOK_MAX_EXECUTIONS", "2000"))) {
      RunbookDriver driver = new RunbookDriver(own.admin());
      String middle = driver.runbook(calls(driver.runbook(MANUAL), 12));
      String id = driver.start(driver.runbook(calls(middle, 100)));
      DirectDatabase database = new DirectDatabase(own.databaseUrl());
      Eventually.until(
          Duration.ofMinutes(2),
          "all executions to wait for a person, or to have been refused a child",
          () ->
              database.number("select count(*) from np_runbook_executions") == 1_001
                  && database.number(
                          "select count(*) from np_runbook_executions where status = 'running'")
                      == 0);
      assertThat(
              database.texts("select distinct error from np_runbook_steps where status = 'failed'"))
          .anyMatch(error -> error.contains("at most 1,000 executions"));
      int waiting =
          database.number("select count(*) from np_runbook_executions where status = 'waiting'");
      assertThat(waiting).isGreaterThan(900);
      driver.cancel(id).expect(200);
      Eventually.until(
          Duration.ofMinutes(1),
          "all executions that waited to be cancelled",
          () ->
              database.number(
                      "select count(*) from np_runbook_executions where status = 'cancelled'")
                  == waiting);
      assertThat(database.number("select count(*) from np_runbook_executions")).isEqualTo(1_001);
    }
  }
}
