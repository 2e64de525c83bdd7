package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Commands of people to executions and steps. */
@ExtendWith(RunningService.class)
class StepCommandTest {

  private static final String MANUAL =
      "{'key':'hand','title':'Hand','kind':'manual'},{'key':'after','title':'After','kind':'manual'}";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api admin;
  private final RunbookDriver driver;

  StepCommandTest(Service service) {
    this.service = service;
    this.admin = service.as(account, "admin");
    this.driver = new RunbookDriver(admin);
  }

  private RunbookDriver person(String name, String role) {
    return new RunbookDriver(service.as(account, role).header("X-Hasura-User-Id", name));
  }

  private String approval(String block) {
    return driver.runbook("[{'key':'ok','title':'OK','kind':'approval','approval':" + block + "}]");
  }

  @Test
  void aManualStepIsCompletedWithANoteAndAnOutputOnce() {
    String incident = admin.open("By hand");
    String id =
        driver.start(driver.runbook("[" + MANUAL + "]"), "{'incident_id':'" + incident + "'}");
    driver.awaitStep(id, "hand", "waiting");
    driver.command(id, "hand", "complete", "{'note':'Done','output':{'ticket':7}}").expect(200);
    JsonNode waiting = driver.awaitStep(id, "after", "waiting");
    JsonNode hand = RunbookDriver.step(waiting, "hand");
    assertThat(hand.at("/output/ticket").asInt()).isEqualTo(7);
    assertThat(hand.get("actor").asString()).isEqualTo("admin@" + account);
    driver.command(id, "hand", "complete", "{}").expect(409);
    assertThat(driver.timeline(incident).at("/2/data/note").asString()).isEqualTo("Done");
  }

  @Test
  void theSameCommandUnderOneKeyIsCarriedOutOnce() {
    String runbook = driver.runbook("[" + MANUAL + "]");
    Api once = admin.header("Idempotency-Key", "start-1");
    String path = "/api/v1/runbooks/" + runbook + "/executions";
    String id = once.post(path, "{}").expect(201).text("id");
    assertThat(once.post(path, "{}").expect(201).text("id")).isEqualTo(id);
    assertThat(admin.get(path).expect(200).at("executions")).hasSize(1);
    driver.awaitStep(id, "hand", "waiting");
    Api again = admin.header("Idempotency-Key", "complete-1");
    String complete = "/api/v1/runbook-executions/" + id + "/steps/hand/complete";
    again.post(complete, "{}").expect(200);
    again.post(complete, "{}").expect(200);
    again.post(complete, "{\"note\":\"other\"}").expect(422);
  }

  @Test
  void anApprovalNeedsItsQuorumOfDifferentPeople() {
    String id = driver.start(approval("{'quorum':2}"));
    driver.awaitStep(id, "ok", "waiting");
    person("ann", "responder").command(id, "ok", "decide", "{'verdict':'approve'}").expect(200);
    person("ann", "responder").command(id, "ok", "decide", "{'verdict':'approve'}").expect(409);
    assertThat(RunbookDriver.status(driver.get(id), "ok")).isEqualTo("waiting");
    person("bob", "user").command(id, "ok", "decide", "{'verdict':'approve'}").expect(200);
    JsonNode done = driver.await(id, "succeeded");
    assertThat(RunbookDriver.step(done, "ok").at("/output/approved_by")).hasSize(2);
    assertThat(RunbookDriver.step(done, "ok").get("decisions")).hasSize(2);
  }

  @Test
  void twoPeopleWithOneIdempotencyKeyAreTwoRequests() {
    String id = driver.start(approval("{'quorum':2}"));
    driver.awaitStep(id, "ok", "waiting");
    decideUnderKey(id, "ana").expect(200);
    decideUnderKey(id, "ana").expect(200);
    decideUnderKey(id, "ben").expect(422);
    driver.awaitStep(id, "ok", "waiting");
  }

  private Api.Response decideUnderKey(String id, String name) {
    Api caller = person(name, "admin").api().header("Idempotency-Key", "approve-" + id);
    return new RunbookDriver(caller).command(id, "ok", "decide", "{'verdict':'approve'}");
  }

  @Test
  void oneRejectionFailsTheApproval() {
    String id = driver.start(approval("{'quorum':2}"));
    driver.awaitStep(id, "ok", "waiting");
    person("ann", "responder")
        .command(id, "ok", "decide", "{'verdict':'reject','reason':'Not on a Friday'}")
        .expect(200);
    assertThat(RunbookDriver.step(driver.await(id, "failed"), "ok").get("error").asString())
        .contains("ann", "Not on a Friday");
  }

  @Test
  void theRequesterCannotApproveWithNotRequester() {
    String runbook = approval("{'not_requester':true}");
    String id = person("ann", "responder").start(runbook);
    driver.awaitStep(id, "ok", "waiting");
    person("ann", "responder").command(id, "ok", "decide", "{'verdict':'approve'}").expect(403);
    person("ann", "admin").command(id, "ok", "decide", "{'verdict':'approve'}").expect(403);
    assertThat(RunbookDriver.step(driver.get(id), "ok").get("decisions")).isEmpty();
    person("bob", "responder").command(id, "ok", "decide", "{'verdict':'approve'}").expect(200);
    driver.await(id, "succeeded");
  }

  @Test
  void childExecutionsHaveTheRequesterOfTheTopmostExecution() {
    String inner = approval("{'not_requester':true}");
    String outer =
        driver.runbook(
            "[{'key':'sub','title':'Sub','kind':'runbook','runbook':{'runbook_id':'"
                + inner
                + "'}}]");
    String id = person("ann", "responder").start(outer);
    String child =
        RunbookDriver.step(driver.awaitStep(id, "sub", "waiting"), "sub")
            .get("child_execution_id")
            .asString();
    driver.awaitStep(child, "ok", "waiting");
    person("ann", "responder").command(child, "ok", "decide", "{'verdict':'approve'}").expect(403);
    person("bob", "responder").command(child, "ok", "decide", "{'verdict':'approve'}").expect(200);
    driver.await(id, "succeeded");
  }

  @Test
  void onlyApproverRolesCanDecide() {
    String id = driver.start(approval("{'approvers':['responder']}"));
    driver.awaitStep(id, "ok", "waiting");
    person("vic", "viewer").command(id, "ok", "decide", "{'verdict':'approve'}").expect(403);
    person("uma", "user").command(id, "ok", "decide", "{'verdict':'approve'}").expect(403);
    person("rob", "responder").command(id, "ok", "decide", "{'verdict':'approve'}").expect(200);
    driver.await(id, "succeeded");
  }

  @Test
  void anApprovalCannotBeCompletedOrSkipped() {
    String id = driver.start(approval("{}"));
    driver.awaitStep(id, "ok", "waiting");
    driver.command(id, "ok", "complete", "{}").expect(409);
    driver.command(id, "ok", "skip", "{}").expect(409);
    driver.command(id, "ok", "decide", "{'verdict':'reject'}").expect(200);
    driver.await(id, "failed");
    driver.command(id, "ok", "skip", "{}").expect(409);
    driver.command(id, "ok", "retry", "{}").expect(200);
    driver.awaitStep(id, "ok", "waiting");
    driver.command(id, "ok", "decide", "{'verdict':'approve'}").expect(200);
    driver.await(id, "succeeded");
  }

  @Test
  void theDependentsOfASkippedStepRun() {
    String id = driver.start(driver.runbook("[" + MANUAL + "]"));
    driver.awaitStep(id, "hand", "waiting");
    driver.command(id, "hand", "skip", "{'note':'Not needed'}").expect(200);
    driver.awaitStep(id, "after", "waiting");
    driver.command(id, "after", "skip", "{}").expect(200);
    driver.await(id, "succeeded");
  }

  @Test
  void retryingAFailedStepResumesTheExecutionAndItsCancelledSteps() {
    try (Counter server = new Counter()) {
      String id =
          driver.start(
              driver.runbook(
                  "[{'key':'call','title':'Call','kind':'http','http':{'method':'post','url':'"
                      + server.url("/caching/1")
                      + "'}},{'key':'hand','title':'Hand','kind':'manual'}]"));
      assertThat(RunbookDriver.status(driver.await(id, "failed"), "hand")).isEqualTo("cancelled");
      driver.command(id, "call", "retry", "{}").expect(200);
      JsonNode waiting = driver.awaitStep(id, "hand", "waiting");
      assertThat(RunbookDriver.step(waiting, "call").get("attempts")).hasSize(2);
      assertThat(server.counts())
          .as("a server that keeps its responses by key would repeat the failure under the first")
          .isEqualTo(Map.of(id + ":call", 1, id + ":call:2", 1));
      driver.command(id, "call", "retry", "{}").expect(409);
      driver.command(id, "hand", "complete", "{}").expect(200);
      driver.await(id, "succeeded");
    }
  }

  @Test
  void cancellingStartsNoFurtherStepAndAbortsRequestsInFlight() {
    try (Counter server = new Counter()) {
      String id =
          driver.start(
              driver.runbook(
                  "[{'key':'call','title':'Call','kind':'http','timeout_seconds':300,'http':{'method':'post','url':'"
                      + server.url("/hang")
                      + "'}},{'key':'safe','title':'Safe','kind':'http','after':[],'effect':'idempotent',"
                      + "'retry':{'max_attempts':5},'http':{'method':'post','url':'"
                      + server.url("/hang")
                      + "'}},{'key':'hand','title':'Hand','kind':'manual'}]"));
      Eventually.until(Duration.ofSeconds(20), "both requests", () -> server.counts().size() == 2);
      driver.cancel(id).expect(200);
      JsonNode cancelled = driver.await(id, "cancelled");
      assertThat(RunbookDriver.status(cancelled, "hand")).isEqualTo("cancelled");
      assertThat(RunbookDriver.status(cancelled, "call")).isEqualTo("uncertain");
      assertThat(RunbookDriver.status(cancelled, "safe")).isEqualTo("failed");
      for (String step : List.of("call", "safe")) {
        JsonNode attempt = RunbookDriver.step(cancelled, step).at("/attempts/0");
        assertThat(attempt.get("outcome").asString()).isEqualTo("unknown");
        assertThat(attempt.get("error").asString()).contains("aborted", "cancelled");
      }
      driver.cancel(id).expect(200);
      driver.command(id, "hand", "retry", "{}").expect(409);
    }
  }

  @Test
  void anHttpStepTakesAtMostFiveMinutes() {
    String steps =
        "{\"name\":\"Long\",\"steps\":[{\"title\":\"Call\",\"kind\":\"http\",\"timeout_seconds\":%d,"
            + "\"http\":{\"method\":\"get\",\"url\":\"https://example.org\"}}]}";
    assertThat(admin.post("/api/v1/runbooks", steps.formatted(301)).expect(422).text())
        .contains("steps[0]", "at most 300 s");
    admin.post("/api/v1/runbooks", steps.formatted(300)).expect(201);
  }

  @Test
  void theOutputsOfAnExecutionHaveAMaximumInAll() {
    String steps =
        IntStream.range(0, 18)
            .mapToObj(i -> "{'key':'s%d','title':'Hand','kind':'manual','after':[]}".formatted(i))
            .collect(Collectors.joining(",", "[", "]"));
    String id = driver.start(driver.runbook(steps));
    String output = "{'output':'" + "x".repeat(65_000) + "'}";
    for (int i = 0; i < 16; i++) {
      driver.awaitStep(id, "s" + i, "waiting");
      driver.command(id, "s" + i, "complete", output).expect(200);
    }
    assertThat(driver.command(id, "s16", "complete", output).expect(422).text())
        .contains("output", "1,048,576 in all");
    driver.command(id, "s16", "complete", "{'output':'short'}").expect(200);
  }

  @Test
  void cancellingCancelsChildExecutions() {
    String inner = driver.runbook("[" + MANUAL + "]");
    String outer =
        driver.runbook(
            "[{'key':'sub','title':'Sub','kind':'runbook','runbook':{'runbook_id':'"
                + inner
                + "'}}]");
    String id = driver.start(outer);
    String child =
        RunbookDriver.step(driver.awaitStep(id, "sub", "waiting"), "sub")
            .get("child_execution_id")
            .asString();
    driver.awaitStep(child, "hand", "waiting");
    driver.cancel(id).expect(200);
    driver.await(child, "cancelled");
    driver.await(id, "cancelled");
  }

  @Test
  void automaticRetriesOfARoundKeepItsKey() {
    try (Counter server = new Counter()) {
      String id =
          driver.start(
              driver.runbook(
                  "[{'key':'call','title':'Call','kind':'http','retry':{'max_attempts':2,'backoff_seconds':0},"
                      + "'http':{'method':'post','url':'"
                      + server.url("/status/500")
                      + "'}}]"));
      driver.await(id, "failed");
      driver.command(id, "call", "retry", "{}").expect(200);
      driver.awaitStep(id, "call", "failed");
      Eventually.until(
          Duration.ofSeconds(20),
          "two attempts in each round",
          () -> server.counts().equals(Map.of(id + ":call", 2, id + ":call:2", 2)));
    }
  }

  @Test
  void retryingAnUncertainStepKeepsItsKeyAndRetryingAFailedOneChangesIt() {
    try (Counter server = new Counter()) {
      String id =
          driver.start(
              driver.runbook(
                  "[{'key':'pay','title':'Pay','kind':'http','timeout_seconds':1,"
                      + "'http':{'method':'post','url':'"
                      + server.url("/hang-then-status/500")
                      + "'}}]"));
      driver.awaitStep(id, "pay", "uncertain");
      driver.command(id, "pay", "retry", "{}").expect(200);
      driver.await(id, "failed");
      assertThat(server.counts())
          .as("the server may have done the first request and must recognize the repetition")
          .isEqualTo(Map.of(id + ":pay", 2));
      driver.command(id, "pay", "retry", "{}").expect(200);
      driver.awaitStep(id, "pay", "uncertain");
      driver.command(id, "pay", "retry", "{}").expect(200);
      driver.await(id, "failed");
      assertThat(server.counts()).isEqualTo(Map.of(id + ":pay", 2, id + ":pay:2", 2));
    }
  }

  @Test
  void retryingATimedOutIdempotentStepKeepsItsKey() {
    try (Counter server = new Counter()) {
      String id =
          driver.start(
              driver.runbook(
                  "[{'key':'pay','title':'Pay','kind':'http','timeout_seconds':1,'effect':'idempotent',"
                      + "'http':{'method':'post','url':'"
                      + server.url("/hang-once")
                      + "'}}]"));
      driver.await(id, "failed");
      assertThat(RunbookDriver.status(driver.get(id), "pay")).isEqualTo("timed_out");
      driver.command(id, "pay", "retry", "{}").expect(200);
      driver.await(id, "succeeded");
      assertThat(server.counts()).isEqualTo(Map.of(id + ":pay", 2));
    }
  }

  @Test
  void thePermissionIsCheckedBeforeTheIdAndTheBody() {
    Api viewer = service.as(account, "viewer");
    String runbook = "/api/v1/runbooks/" + driver.runbook("[" + MANUAL + "]") + "/executions";
    String execution = "/api/v1/runbook-executions/no-uuid";
    List<String> paths =
        List.of(
            runbook,
            "/api/v1/runbooks/no-uuid/executions",
            execution + "/cancel",
            execution + "/steps/hand/complete",
            execution + "/steps/hand/skip",
            execution + "/steps/hand/retry",
            execution + "/steps/hand/decide");
    for (String path : paths) {
      viewer.post(path, "{\"unknown\":1}").expect(403);
      viewer.post(path, "no JSON").expect(403);
    }
    for (String mutation :
        List.of(
            "startRunbook(input: {runbookId: \"%s\", inputs: [1]})",
            "completeRunbookStep(input: {executionId: \"%s\", step: \" \"})",
            "skipRunbookStep(input: {executionId: \"%s\", step: \" \"})",
            "retryRunbookStep(input: {executionId: \"%s\", step: \" \"})",
            "decideRunbookApproval(input: {executionId: \"%s\", step: \" \", verdict: APPROVE})",
            "cancelRunbookExecution(input: {executionId: \"%s\", reason: \" \"})")) {
      assertThat(
              viewer
                  .graphql(
                      "mutation { " + mutation.formatted(UUID.randomUUID()) + " { id } }", "{}")
                  .text())
          .contains("forbidden");
    }
  }

  @Test
  void inputsAreValidatedAtTheStartWithAnErrorForEach() {
    String runbook =
        driver.runbookWith(
            "'inputs':[{'name':'service','required':true},{'name':'lag','type':'int'},"
                + "{'name':'mode','type':'enum','values':['soft','hard'],'default':'soft'}],'steps':["
                + MANUAL
                + "]");
    Api.Response refused =
        admin
            .post(
                "/api/v1/runbooks/" + runbook + "/executions",
                RunbookDriver.json("{'inputs':{'lag':'five','mode':'loud','more':1}}"))
            .expect(422);
    assertThat(refused.text())
        .contains("inputs.service", "inputs.lag", "inputs.mode", "inputs.more", "soft, hard");
    String id = driver.start(runbook, "{'inputs':{'service':'api'}}");
    assertThat(driver.get(id).at("/inputs/mode").asString()).isEqualTo("soft");
  }

  @Test
  void missingOrArchivedThingsCannotBeStarted() {
    String runbook = driver.runbook("[" + MANUAL + "]");
    String path = "/api/v1/runbooks/" + runbook + "/executions";
    admin.post(path, "{\"incident_id\":\"" + UUID.randomUUID() + "\"}").expect(404);
    String theirs = service.admin().open("Theirs");
    admin.post(path, "{\"incident_id\":\"" + theirs + "\"}").expect(404);
    service.admin().post(path, "{}").expect(404);
    admin.delete("/api/v1/runbooks/" + runbook).expect(200);
    admin.post(path, "{}").expect(409);
  }

  @Test
  void aTriggerSuggestsOrStartsARunbookOncePerIncident() {
    String condition = "'condition':'incident.severity == \\\"critical\\\"'";
    String suggested = driver.runbookWith("'attach':{" + condition + "},'steps':[" + MANUAL + "]");
    String started =
        driver.runbookWith("'attach':{" + condition + ",'mode':'start'},'steps':[" + MANUAL + "]");
    String incident = admin.open("It gets worse");
    String path = "/api/v1/incidents/" + incident;
    admin.patch(path, "{\"severity\":\"critical\"}").expect(200);
    Eventually.until(
        Duration.ofSeconds(10),
        "both triggers",
        () ->
            driver.timeline(incident).toString().contains("runbook_suggested")
                && driver.timeline(incident).toString().contains("runbook_started"));
    admin.patch(path, "{\"title\":\"Still\"}").expect(200);
    admin.patch(path, "{\"severity\":\"low\"}").expect(200);
    admin.patch(path, "{\"severity\":\"critical\"}").expect(200);
    assertThat(admin.get("/api/v1/runbooks/" + suggested + "/executions").at("executions"))
        .isEmpty();
    JsonNode execution =
        admin.get("/api/v1/runbooks/" + started + "/executions").at("executions/0");
    assertThat(execution.get("incident_id").asString()).isEqualTo(incident);
    assertThat(execution.get("started_by").asString()).isEqualTo("runbook:" + started);
    String other = admin.open("Nothing to do with it");
    admin.patch("/api/v1/incidents/" + other, "{\"severity\":\"critical\"}").expect(200);
    Eventually.until(
        Duration.ofSeconds(10),
        "the trigger of the other incident",
        () -> driver.timeline(other).toString().contains("runbook_started"));
    assertThat(driver.timeline(incident).findValuesAsString("kind"))
        .filteredOn(kind -> kind.equals("runbook_started") || kind.equals("runbook_suggested"))
        .as("no repetition at later changes, which were evaluated before the other's")
        .hasSize(2);
  }
}
