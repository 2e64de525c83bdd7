package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.OpenApiContract;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;

/** The service answers what the document says: status, headers, and a body without more members. */
@ExtendWith(RunningService.class)
class OpenApiResponsesTest {

  private static final String INCIDENTS = "/api/v1/incidents";

  private final Service service;
  private final Api api;
  private final OpenApiContract contract;

  OpenApiResponsesTest(Service service) {
    this.service = service;
    this.api = service.admin();
    this.contract = OpenApiContract.read();
  }

  @Test
  void anIncidentThroughItsLife() {
    String full =
        """
        {"title": "Checkout is down", "summary": "All cards", "severity": "high", "owner": "mara",
         "labels": {"team": "payments"}, "services": ["checkout"], "dedup_key": "checkout"}\
        """;
    Response opened = contract.check("openIncident", api.post(INCIDENTS, full).expect(201));
    contract.check("openIncident", api.post(INCIDENTS, full).expect(200));
    String path = INCIDENTS + "/" + opened.text("id");
    Response read = contract.check("getIncident", api.get(path).expect(200));
    Api knowing = api.header("If-None-Match", String.valueOf(read.header("ETag")));
    contract.check("getIncident", knowing.get(path).expect(304));
    for (String status : new String[] {"acknowledged", "mitigating", "resolved", "closed"}) {
      contract.check(
          "changeIncident", api.patch(path, "{\"status\":\"" + status + "\"}").expect(200));
    }
    contract.check("changeIncident", api.patch(path, "{\"status\":\"mitigating\"}").expect(409));
    contract.check(
        "changeIncident",
        api.header("If-Match", "\"1\"").patch(path, "{\"owner\":\"joe\"}").expect(412));
    contract.check("getIncident", api.get(path).expect(200));
    contract.check("listIncidents", api.get(INCIDENTS).expect(200));
  }

  @Test
  void aMergeAndItsConflict() {
    String into = api.open("The first");
    String from = api.open("The same again");
    String body = "{\"into\":\"" + into + "\",\"reason\":\"the same\"}";
    Response merged =
        contract.check(
            "mergeIncident", api.post(INCIDENTS + "/" + from + "/merge", body).expect(200));
    assertThat(merged.text("merged_into")).isEqualTo(into);
    String back = "{\"into\":\"" + from + "\"}";
    contract.check("mergeIncident", api.post(INCIDENTS + "/" + into + "/merge", back).expect(409));
    contract.check("getIncident", api.get(INCIDENTS + "/" + into).expect(200));
  }

  @Test
  void pagesHaveACursorUntilTheLast() {
    api.open("One");
    api.open("Two");
    Response first = contract.check("listIncidents", api.get(INCIDENTS + "?limit=1").expect(200));
    assertThat(first.at("next_cursor").isString()).isTrue();
    Response last =
        contract.check(
            "listIncidents",
            api.get(INCIDENTS + "?limit=1&cursor=" + first.text("next_cursor")).expect(200));
    assertThat(last.at("next_cursor").isNull()).isTrue();
  }

  @Test
  void aTimeline() {
    String timeline = INCIDENTS + "/" + api.open("Something") + "/timeline";
    contract.check(
        "addTimelineEvent",
        api.post(timeline, "{\"message\":\"Looking\",\"data\":{\"a\":[1,null]}}").expect(201));
    contract.check("listTimelineEvents", api.get(timeline).expect(200));
    contract.check("listTimelineEvents", api.get(timeline + "?limit=1").expect(200));
    contract.check("verifyTimeline", api.get(timeline + "/verification").expect(200));
    Response anchors =
        contract.check("listTimelineAnchors", api.get("/api/v1/timeline-anchors").expect(200));
    contract.check("listTimelineAnchorKeys", api.get("/api/v1/timeline-anchors/keys").expect(200));
    contract.check(
        "verifyTimeline",
        api.get(timeline + "/verification?anchor=" + anchors.text("anchors/0/statement"))
            .expect(200));
    contract.check("addTimelineEvent", api.post(timeline, "{}").expect(422));
  }

  @Test
  void aRunbook() {
    String body =
        """
        {"key": "roll-back", "name": "Roll back", "description": "When a release broke it",
         "inputs": [{"name": "service", "required": true}, {"name": "back", "type": "int", "default": 1},
                    {"name": "region", "type": "enum", "values": ["eu", "us"], "default": "eu"}],
         "steps": [
           {"title": "Look", "kind": "manual", "instructions": "All of them"},
           {"title": "Approve", "kind": "approval"},
           {"title": "Roll back", "kind": "http", "timeout_seconds": 30, "when": "true",
            "retry": {"max_attempts": 3}, "http": {"method": "post", "url": "https://example.com/",
            "headers": {"X-A": "b"}, "body": "{}", "expect_status": [200], "output_path": "/id"}},
           {"title": "Settle", "kind": "wait", "wait": {"seconds": 60}},
           {"title": "Lower", "kind": "incident", "incident": {"severity": "low"}},
           {"title": "Say so", "kind": "note", "note": {"message": "Rolled back"}},
           {"title": "Then", "kind": "runbook",
            "runbook": {"runbook_id": "01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a51", "inputs": {"a": 1, "b": "c"}}}],
         "attach": {"condition": "true", "mode": "suggest"}}\
        """;
    String runbooks = "/api/v1/runbooks";
    String steps = "{\"name\":\"Another\",\"steps\":[{\"title\":\"Look\",\"kind\":\"manual\"}]}";
    String inner =
        contract.check("createRunbook", api.post(runbooks, steps).expect(201)).text("id");
    String whole = body.replace("01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a51", inner);
    Response created = contract.check("createRunbook", api.post(runbooks, whole).expect(201));
    String path = runbooks + "/" + created.text("id");
    contract.check("createRunbook", api.post(runbooks, whole).expect(409));
    Set<String> members = new TreeSet<>();
    created.at("steps").forEach(step -> members.addAll(step.propertyNames()));
    assertThat(members)
        .as("members that the steps have, each of which some step leaves out")
        .containsExactlyInAnyOrderElementsOf(
            contract.schema("RunbookStep").get("properties").propertyNames());
    Response read = contract.check("getRunbook", api.get(path).expect(200));
    Api knowing = api.header("If-None-Match", String.valueOf(read.header("ETag")));
    contract.check("getRunbook", knowing.get(path).expect(304));
    Api files = service.admin();
    byte[] file = steps.getBytes(StandardCharsets.UTF_8);
    for (int status : new int[] {201, 200}) {
      contract.check(
          "applyRunbook",
          files.send("PUT", runbooks + "/kept-as-file", file, "application/json").expect(status));
    }
    contract.check(
        "applyRunbooks",
        files
            .post(
                runbooks + "/apply?dry_run=true&source=files",
                "{\"runbooks\":[{\"key\":\"kept-as-file\",\"name\":\"Other\",\"steps\":"
                    + "[{\"title\":\"Look\",\"kind\":\"manual\"}]}]}")
            .expect(200));
    contract.check("updateRunbook", api.patch(path, "{\"attach\":null}").expect(200));
    contract.check(
        "updateRunbook",
        api.header("If-Match", "\"1\"").patch(path, "{\"name\":\"x\"}").expect(412));
    contract.check("listRunbooks", api.get(runbooks + "?limit=1").expect(200));
    contract.check("listRunbookVersions", api.get(path + "/versions").expect(200));
    contract.check("archiveRunbook", api.delete(path).expect(200));
    contract.check("updateRunbook", api.patch(path, "{\"name\":\"x\"}").expect(409));
  }

  @Test
  void anExecution() {
    Settled waiting = Settled.waiting(api);
    String runbook = "/api/v1/runbooks/" + waiting.runbook();
    String path = "/api/v1/runbook-executions/" + waiting.execution();
    String step = path + "/steps/" + Settled.HAND;
    contract.check("startRunbook", api.post(runbook + "/executions", "{}").expect(201));
    contract.check(
        "startRunbook", api.post(runbook + "/executions", "{\"inputs\":{\"a\":1}}").expect(422));
    contract.check("planRunbook", api.post(runbook + "/plan", "{}").expect(200));
    contract.check("listRunbookExecutions", api.get(runbook + "/executions").expect(200));
    contract.check(
        "decideRunbookApproval",
        api.post(path + "/steps/" + Settled.APPROVAL + "/decide", "{\"verdict\":\"approve\"}")
            .expect(200));
    contract.check("retryRunbookStep", api.post(step + "/retry", "{}").expect(409));
    contract.check(
        "completeRunbookStep",
        api.post(step + "/complete", "{\"note\":\"n\",\"output\":[1]}").expect(200));
    contract.check("skipRunbookStep", api.post(step + "/skip", "{}").expect(409));
    contract.check("getRunbookExecution", api.get(path).expect(200));
    Settled failed = Settled.failed(api);
    String again = "/api/v1/runbook-executions/" + failed.execution();
    contract.check("getRunbookExecution", api.get(again).expect(200));
    contract.check("retryRunbookStep", api.post(again + "/steps/hand/retry", "{}").expect(200));
    contract.check("retryRunbookExecution", api.post(again + "/retry", "{}").expect(200));
    contract.check(
        "listStuckTriggerEvaluations", api.get("/api/v1/stuck-trigger-evaluations").expect(200));
    contract.check(
        "retryTriggerEvaluations",
        api.post("/api/v1/incidents/" + api.open("Triggers") + "/trigger-evaluations/retry", "{}")
            .expect(200));
    contract.check(
        "cancelRunbookExecution",
        api.post("/api/v1/runbook-executions/" + Settled.waiting(api).execution() + "/cancel", "{}")
            .expect(200));
  }

  @Test
  void howTheServiceIs() {
    Api nobody = service.with(Map.of());
    contract.check("getHealth", nobody.get("/health").expect(200));
    contract.check("getReadiness", nobody.get("/ready").expect(200));
    contract.check("getMetrics", nobody.get("/metrics").expect(200));
    contract.check("getOpenApi", nobody.get("/openapi.json").expect(200));
    contract.check("getOpenApiYaml", nobody.get("/openapi.yaml").expect(200));
  }

  @Test
  void whoIsCalling() {
    contract.check("verifyCaller", api.get("/auth/verify").expect(204));
    contract.check("verifyCaller", service.with(Map.of()).get("/auth/verify").expect(401));
    contract.check(
        "verifyCaller",
        service.as(Service.newAccount(), "anonymous").get("/auth/verify").expect(403));
  }

  @Test
  void problems() {
    contract.check("listIncidents", service.with(Map.of()).get(INCIDENTS).expect(401));
    contract.check("listIncidents", api.get(INCIDENTS + "?limit=0").expect(400));
    contract.check("getIncident", api.get(INCIDENTS + "/7").expect(404));
    contract.check("openIncident", api.post(INCIDENTS, "{\"title\":").expect(400));
    contract.check("openIncident", api.post(INCIDENTS, "{\"titel\":\"x\"}").expect(422));
    Api viewer = service.as(Service.newAccount(), "viewer");
    contract.check("openIncident", viewer.post(INCIDENTS, "{\"title\":\"x\"}").expect(403));
    byte[] text = "title".getBytes(StandardCharsets.UTF_8);
    contract.check("openIncident", api.send("POST", INCIDENTS, text, "text/plain").expect(415));
    String large = "{\"title\":\"" + "x".repeat(RequestSizeLimitFilter.MAX_BYTES) + "\"}";
    contract.check("openIncident", api.post(INCIDENTS, large).expect(413));
  }

  @Test
  void anIdempotencyKeyUsedTwice() {
    Api once = api.header("Idempotency-Key", "a key of this test");
    contract.check("openIncident", once.post(INCIDENTS, "{\"title\":\"One\"}").expect(201));
    contract.check("openIncident", once.post(INCIDENTS, "{\"title\":\"One\"}"));
    Response another =
        contract.check("openIncident", once.post(INCIDENTS, "{\"title\":\"Two\"}").expect(422));
    assertThat(another.text("code")).isEqualTo("idempotency_mismatch");
    contract.check(
        "openIncident",
        api.header("Idempotency-Key", "x".repeat(256))
            .post(INCIDENTS, "{\"title\":\"x\"}")
            .expect(400));
  }
}
