package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.runbook.execution.engine.StepStarter;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** How executions run without a person's commands. */
@ExtendWith(RunningService.class)
class ExecutionTest {

  private static final Counter SERVER = new Counter();

  private final Api api;
  private final RunbookDriver driver;

  ExecutionTest(Service service) {
    this.api = service.admin();
    this.driver = new RunbookDriver(api);
  }

  @AfterAll
  static void close() {
    SERVER.close();
  }

  private static String http(String key, String path, String more) {
    return "{'key':'%s','title':'%s','kind':'http','http':{'method':'post','url':'%s'}%s}"
        .formatted(key, key, SERVER.url(path), more);
  }

  private static String note(String key, String message, String more) {
    return "{'key':'%s','title':'%s','kind':'note','note':{'message':'%s'}%s}"
        .formatted(key, key, message, more);
  }

  private static List<String> kinds(JsonNode timeline) {
    List<String> kinds = new ArrayList<>();
    timeline.forEach(event -> kinds.add(event.get("kind").asString()));
    return kinds;
  }

  @Test
  void aStepSetsTheMilestoneMitigatedOnce() {
    String incident = api.open("Impact over");
    String runbook =
        driver.runbook(
            "[{'key':'over','title':'Over','kind':'incident','incident':{'mitigated':true}}]");
    String execution = driver.start(runbook, "{'incident_id':'" + incident + "'}");
    driver.await(execution, "succeeded");
    driver.await(driver.start(runbook, "{'incident_id':'" + incident + "'}"), "succeeded");
    JsonNode events = driver.timeline(incident);
    assertThat(kinds(events))
        .as("the second execution finds a milestone, and keeps it")
        .containsOnlyOnce("milestone_set");
    JsonNode set = events.get(kinds(events).indexOf("milestone_set"));
    assertThat(set.get("actor").asString()).startsWith("runbook:");
    assertThat(set.at("/data/milestone").asString()).isEqualTo("mitigated");
    JsonNode incidentNow = api.get("/api/v1/incidents/" + incident).expect(200).body();
    assertThat(incidentNow.get("status").asString()).as("only the milestone").isEqualTo("open");
    JsonNode milestones =
        api.get("/api/v1/incidents/" + incident + "/milestones").expect(200).at("milestones");
    assertThat(milestones.findValuesAsString("kind")).contains("mitigated");
    JsonNode definition = api.get("/api/v1/runbooks/" + runbook).expect(200).body();
    assertThat(definition.at("/steps/0/incident/mitigated").asBoolean()).isTrue();
  }

  @Test
  void stepsRunInOrderAndAreRecordedInTheTimeline() {
    String incident = api.open("Slow");
    String runbook =
        driver.runbook(
            "["
                + http("deploy", "/ok", "")
                + ","
                + note("tell", "Deployed ${steps.deploy.output.deploy.id}", "")
                + "]");
    String id = driver.start(runbook, "{'incident_id':'" + incident + "'}");
    JsonNode done = driver.await(id, "succeeded");
    assertThat(RunbookDriver.step(done, "deploy").at("/attempts/0/http_status").asInt())
        .isEqualTo(200);
    assertThat(RunbookDriver.step(done, "deploy").at("/output/deploy/id").asString())
        .isEqualTo("d-7");
    assertThat(SERVER.count(id, "deploy")).isEqualTo(1);
    JsonNode timeline = driver.timeline(incident);
    assertThat(kinds(timeline))
        .containsExactly("opened", "runbook_started", "runbook_step", "note", "runbook_finished");
    assertThat(timeline.at("/1/actor").asString()).startsWith("admin@");
    assertThat(timeline.at("/2/data/http_status").asInt()).isEqualTo(200);
    assertThat(timeline.at("/2/data/excerpt").asString()).contains("d-7");
    assertThat(timeline.at("/2/data/duration_ms").isNumber()).isTrue();
    assertThat(timeline.at("/3/message").asString()).isEqualTo("Deployed d-7");
    assertThat(timeline.at("/3/actor").asString()).startsWith("runbook:");
    assertThat(timeline.at("/4/data/status").asString()).isEqualTo("succeeded");
  }

  @Test
  void independentStepsRunConcurrently() {
    String runbook =
        driver.runbook(
            "["
                + http("a", "/hang", ",'after':[]")
                + ","
                + http("b", "/ok", ",'after':[]")
                + ","
                + note("c", "both", ",'after':['a','b']")
                + "]");
    String id = driver.start(runbook);
    driver.awaitStep(id, "b", "succeeded");
    assertThat(RunbookDriver.status(driver.get(id), "a")).isEqualTo("running");
    assertThat(RunbookDriver.status(driver.get(id), "c")).isEqualTo("pending");
    SERVER.release();
    assertThat(RunbookDriver.status(driver.await(id, "succeeded"), "c")).isEqualTo("succeeded");
  }

  @Test
  void aStepWhoseConditionIsFalseIsSkippedAndItsDependentsRun() {
    String runbook =
        driver.runbookWith(
            "'inputs':[{'name':'hard','type':'boolean','default':false}],'steps':["
                + http("force", "/ok", ",'when':'inputs.hard'")
                + ","
                + note("after", "on", "")
                + "]");
    String id = driver.start(runbook);
    JsonNode done = driver.await(id, "succeeded");
    assertThat(RunbookDriver.status(done, "force")).isEqualTo("skipped");
    assertThat(RunbookDriver.status(done, "after")).isEqualTo("succeeded");
    assertThat(SERVER.count(id, "force")).isZero();
  }

  @Test
  void aStepIsAttemptedAtMostAsOftenAsDeclaredWithOneKey() {
    String runbook =
        driver.runbook(
            "["
                + http("often", "/fails/2", ",'retry':{'max_attempts':3,'backoff_seconds':0}")
                + ","
                + http("once", "/fails/1", "")
                + "]");
    String id = driver.start(runbook);
    JsonNode failed = driver.await(id, "failed");
    assertThat(RunbookDriver.status(failed, "often")).isEqualTo("succeeded");
    assertThat(RunbookDriver.step(failed, "often").get("attempts")).hasSize(3);
    assertThat(SERVER.count(id, "often")).isEqualTo(3);
    assertThat(RunbookDriver.status(failed, "once")).isEqualTo("failed");
    assertThat(RunbookDriver.step(failed, "once").get("error").asString()).contains("500");
    assertThat(SERVER.count(id, "once")).isEqualTo(1);
  }

  @Test
  void aFailureCancelsPendingStepsUnlessTheStepContinues() {
    String stops =
        driver.start(
            driver.runbook("[" + http("a", "/status/500", "") + "," + note("b", "x", "") + "]"));
    assertThat(RunbookDriver.status(driver.await(stops, "failed"), "b")).isEqualTo("cancelled");
    String goesOn =
        driver.start(
            driver.runbook(
                "["
                    + http("a", "/status/500", ",'on_failure':'continue'")
                    + ","
                    + note("b", "${steps.a.status}", "")
                    + "]"));
    JsonNode done = driver.await(goesOn, "succeeded");
    assertThat(RunbookDriver.status(done, "a")).isEqualTo("failed");
    assertThat(RunbookDriver.status(done, "b")).isEqualTo("succeeded");
  }

  @Test
  void anUnsafeStepThatTimesOutIsUncertainAndAPersonDecides() {
    try (Counter own = new Counter()) {
      String runbook =
          driver.runbook(
              "[{'key':'pay','title':'Pay','kind':'http','timeout_seconds':1,'retry':{'max_attempts':5},"
                  + "'http':{'method':'post','url':'"
                  + own.url("/hang")
                  + "'}},"
                  + note("after", "paid", "")
                  + "]");
      String id = driver.start(runbook);
      driver.awaitStep(id, "pay", "uncertain");
      JsonNode waiting = driver.await(id, "waiting");
      assertThat(RunbookDriver.step(waiting, "pay").at("/attempts/0/outcome").asString())
          .isEqualTo("timed_out");
      assertThat(own.count(id, "pay")).as("no automatic retry").isEqualTo(1);
      driver.command(id, "pay", "complete", "{'note':'The bank says it arrived'}").expect(200);
      JsonNode done = driver.await(id, "succeeded");
      assertThat(RunbookDriver.step(done, "pay").get("note").asString()).contains("bank");
      assertThat(own.count(id, "pay")).isEqualTo(1);
    }
  }

  @Test
  void anIdempotentStepTimesOut() {
    try (Counter own = new Counter()) {
      String id =
          driver.start(
              driver.runbook(
                  "[{'key':'look','title':'Look','kind':'http','timeout_seconds':1,"
                      + "'http':{'method':'get','url':'"
                      + own.url("/hang")
                      + "'}}]"));
      assertThat(RunbookDriver.status(driver.await(id, "failed"), "look")).isEqualTo("timed_out");
    }
  }

  @Test
  void aWaitStepDelaysItsDependents() {
    String id =
        driver.start(
            driver.runbook(
                "[{'key':'settle','title':'Settle','kind':'wait','wait':{'seconds':1}},"
                    + note("after", "x", "")
                    + "]"));
    assertThat(driver.await(id, "waiting").at("/steps/0/due_at").isString()).isTrue();
    driver.await(id, "succeeded");
  }

  @Test
  void aWaitForTheIncidentEndsWhenItsConditionHolds() {
    String incident = api.open("Waited for");
    String id =
        driver.start(
            driver.runbook(
                "[{'key':'calm','title':'Calm','kind':'wait','wait':{'until':'incident.status =="
                    + " \\\"resolved\\\"'}}]"),
            "{'incident_id':'" + incident + "'}");
    driver.await(id, "waiting");
    api.patch("/api/v1/incidents/" + incident, "{\"status\":\"acknowledged\"}").expect(200);
    api.patch("/api/v1/incidents/" + incident, "{\"status\":\"resolved\"}").expect(200);
    driver.await(id, "succeeded");
  }

  @Test
  void aWaitForTheIncidentTimesOut() {
    String incident = api.open("Never resolved");
    String id =
        driver.start(
            driver.runbook(
                "[{'key':'calm','title':'Calm','kind':'wait','timeout_seconds':1,'wait':{'until':'incident.status"
                    + " == \\\"resolved\\\"'}}]"),
            "{'incident_id':'" + incident + "'}");
    assertThat(RunbookDriver.status(driver.await(id, "failed"), "calm")).isEqualTo("timed_out");
  }

  @Test
  void aStepChangesTheIncidentByTheUsualRulesAndFailsWhereTheyRejectIt() {
    String incident = api.open("To be changed");
    String runbook =
        driver.runbook(
            """
            [{'key':'up','title':'Up','kind':'incident','incident':{'status':'acknowledged','severity':'critical','owner':'${incident.severity}','labels':{'by':'${inputs}'}}},
             {'key':'seen','title':'Seen','kind':'note','note':{'message':'${incident.status} ${incident.owner}'}},
             {'key':'no','title':'No','kind':'incident','incident':{'status':'closed'}}]
            """
                .replace("${inputs}", "x"));
    String id = driver.start(runbook, "{'incident_id':'" + incident + "'}");
    JsonNode failed = driver.await(id, "failed");
    assertThat(RunbookDriver.status(failed, "up")).isEqualTo("succeeded");
    assertThat(RunbookDriver.step(failed, "no").get("error").asString())
        .contains("to closed is not allowed");
    JsonNode after = api.get("/api/v1/incidents/" + incident).expect(200).body();
    assertThat(after.get("owner").asString()).isEqualTo("medium");
    assertThat(after.at("/labels/by").asString()).isEqualTo("x");
    assertThat(kinds(driver.timeline(incident)))
        .containsExactly(
            "opened",
            "runbook_started",
            "status_changed",
            "severity_changed",
            "owner_changed",
            "edited",
            "runbook_step",
            "note",
            "runbook_step",
            "runbook_finished");
    assertThat(driver.timeline(incident).at("/7/message").asString())
        .isEqualTo("acknowledged medium");
  }

  @Test
  void aRunbookRunsAnotherAndWaitsForIt() {
    String inner =
        driver.runbookWith(
            "'inputs':[{'name':'word','required':true}],'steps':[{'key':'hand','title':'${x}','kind':'manual'}]"
                .replace("${x}", "Hand"));
    String outer =
        driver.runbook(
            "[{'key':'sub','title':'Sub','kind':'runbook','runbook':{'runbook_id':'"
                + inner
                + "','inputs':{'word':'w'}}},"
                + note("after", "x", "")
                + "]");
    String id = driver.start(outer);
    JsonNode waiting = driver.await(id, "waiting");
    String child = RunbookDriver.step(waiting, "sub").get("child_execution_id").asString();
    JsonNode inside = driver.await(child, "waiting");
    assertThat(inside.get("parent_execution_id").asString()).isEqualTo(id);
    assertThat(inside.at("/inputs/word").asString()).isEqualTo("w");
    driver.command(child, "hand", "complete", "{}").expect(200);
    driver.await(child, "succeeded");
    driver.await(id, "succeeded");
  }

  @Test
  void aChildThatCannotBeStartedFailsTheStep() {
    String inner =
        driver.runbookWith(
            "'inputs':[{'name':'word','required':true}],'steps':[{'title':'Hand','kind':'manual'}]");
    String id =
        driver.start(
            driver.runbook(
                "[{'key':'sub','title':'Sub','kind':'runbook','runbook':{'runbook_id':'"
                    + inner
                    + "'}}]"));
    assertThat(RunbookDriver.step(driver.await(id, "failed"), "sub").get("error").asString())
        .contains("inputs.word");
  }

  @Test
  void runbooksNestedTooDeepFailAtTheMaximumDepth() {
    String outermost = driver.runbook("[{'title':'Wait','kind':'manual'}]");
    for (int i = 0; i <= StepStarter.MAX_DEPTH; i++) {
      outermost =
          driver.runbook(
              "[{'key':'sub','title':'Sub','kind':'runbook','runbook':{'runbook_id':'%s'}}]"
                  .formatted(outermost));
    }
    String id = driver.start(outermost);
    driver.await(id, "failed");
    int depth = 0;
    JsonNode execution = driver.get(id);
    while (RunbookDriver.step(execution, "sub").get("child_execution_id").isString()) {
      execution =
          driver.get(RunbookDriver.step(execution, "sub").get("child_execution_id").asString());
      depth++;
    }
    assertThat(depth).isEqualTo(StepStarter.MAX_DEPTH);
    assertThat(RunbookDriver.step(execution, "sub").get("error").asString()).contains("8 deep");
  }
}
