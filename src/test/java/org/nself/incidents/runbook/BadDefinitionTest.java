package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Invalid definitions are rejected with the step and field of each error, and nothing is saved. */
@ExtendWith(RunningService.class)
class BadDefinitionTest {

  private final Service service;

  BadDefinitionTest(Service service) {
    this.service = service;
  }

  /** Invalid steps, each with the field and a part of the message of the expected error. */
  private static Stream<String[]> wrongSteps() {
    String http = "{'title':'A','kind':'http','http':{'method':'POST','url':'https://a'%s}}";
    return Stream.of(
        new String[] {"[]", "steps", "at least one"},
        new String[] {"{}", "steps", "must be a list"},
        new String[] {"[1]", "steps", "list of objects"},
        new String[] {"[{'kind':'manual'}]", "steps[0].title", "is required"},
        new String[] {"[{'title':'A'}]", "steps[0].kind", "is required"},
        new String[] {"[{'title':'A','kind':'magic'}]", "steps[0].kind", "manual, approval, http"},
        new String[] {
          "[{'title':'A','kind':'manual','shell':'rm'}]", "steps[0].shell", "unknown field"
        },
        new String[] {
          "[{'title':'A','kind':'manual'},{'title':'B','kind':'manual','after':['c']}]",
          "steps[1].after",
          "'c'"
        },
        new String[] {
          "[{'key':'a','title':'A','kind':'manual','after':['b']},{'key':'b','title':'B','kind':'manual','after':['a']}]",
          "steps[0].after",
          "cycle"
        },
        new String[] {
          "[{'title':'A','kind':'manual','after':['a']}]", "steps[0].after", "cycle: a after a"
        },
        new String[] {
          "[{'key':'a','title':'A','kind':'manual'},{'key':'a','title':'B','kind':'manual'}]",
          "steps[1].key",
          "another step"
        },
        new String[] {"[{'key':'A-b','title':'A','kind':'manual'}]", "steps[0].key", "lower-case"},
        new String[] {
          "[{'title':'A','kind':'manual','http':{'method':'GET','url':'https://a'}}]",
          "steps[0].http",
          "allowed for the kind http only"
        },
        new String[] {"[{'title':'A','kind':'http'}]", "steps[0].http", "is required"},
        new String[] {"[{'title':'A','kind':'http','http':[]}]", "steps[0].http", "an object"},
        new String[] {
          "[{'title':'A','kind':'http','http':{'method':'TRACE','url':'ftp://a'}}]",
          "steps[0].http.method",
          "GET, HEAD".toLowerCase(java.util.Locale.ROOT)
        },
        new String[] {
          "[{'title':'A','kind':'http','http':{'method':'GET','url':'ftp://a'}}]",
          "steps[0].http.url",
          "https://"
        },
        new String[] {
          "[{'title':'A','kind':'http','http':{'method':'GET','url':'https://a','body':'x'}}]",
          "steps[0].http.body",
          "GET"
        },
        new String[] {
          "[" + http.formatted(",'headers':{'Host':'b'}") + "]", "steps[0].http.headers", "Host"
        },
        new String[] {
          "[" + http.formatted(",'headers':{'X':'a\\r\\nY: b'}") + "]",
          "steps[0].http.headers",
          "line breaks"
        },
        new String[] {
          "[" + http.formatted(",'headers':{'X Y':'a'}") + "]", "steps[0].http.headers", "name"
        },
        new String[] {
          "[" + http.formatted(",'headers':{'x':'a','X':'b'}") + "]",
          "steps[0].http.headers",
          "more than once"
        },
        new String[] {
          "[" + http.formatted(",'expect_status':[99]") + "]",
          "steps[0].http.expect_status",
          "100 to 599"
        },
        new String[] {
          "[" + http.formatted(",'output_path':'a.b'") + "]", "steps[0].http.output_path", "Pointer"
        },
        new String[] {
          "[" + http.formatted(",'verify':false") + "]", "steps[0].http.verify", "unknown field"
        },
        new String[] {"[{'title':'A','kind':'wait','wait':{}}]", "steps[0].wait.seconds", "until"},
        new String[] {
          "[{'title':'A','kind':'wait','wait':{'seconds':1,'until':'true'}}]",
          "steps[0].wait.seconds",
          "only one of them"
        },
        new String[] {
          "[{'title':'A','kind':'wait','wait':{'seconds':0}}]", "steps[0].wait.seconds", "from 1"
        },
        new String[] {
          "[{'title':'A','kind':'incident','incident':{}}]",
          "steps[0].incident.status",
          "mitigated: true is required"
        },
        new String[] {
          "[{'title':'A','kind':'incident','incident':{'status':'merged'}}]",
          "steps[0].incident.status",
          "another incident"
        },
        new String[] {
          "[{'title':'A','kind':'note','note':{}}]", "steps[0].note.message", "is required"
        },
        new String[] {
          "[{'title':'A','kind':'approval','approval':{'approvers':[]}}]",
          "steps[0].approval.approvers",
          "nobody"
        },
        new String[] {
          "[{'title':'A','kind':'approval','approval':{'approvers':['viewer']}}]",
          "steps[0].approval.approvers",
          "user, responder, admin"
        },
        new String[] {
          "[{'title':'A','kind':'approval','approval':{'quorum':0}}]",
          "steps[0].approval.quorum",
          "from 1"
        },
        new String[] {
          "[{'title':'A','kind':'runbook','runbook':{'runbook_id':'x'}}]",
          "steps[0].runbook.runbook_id",
          "UUID"
        },
        new String[] {
          "[{'title':'A','kind':'manual','retry':{'max_attempts':21}}]",
          "steps[0].retry.max_attempts",
          "1 to 20"
        },
        new String[] {
          "[{'title':'A','kind':'manual','retry':{'max_attempts':2,'backoff_seconds':9,'max_backoff_seconds':3}}]",
          "steps[0].retry.max_backoff_seconds",
          "less"
        },
        new String[] {
          "[{'title':'A','kind':'manual','timeout_seconds':1.5}]",
          "steps[0].timeout_seconds",
          "whole number"
        });
  }

  @TestFactory
  Stream<DynamicTest> eachErrorInAStepIsReportedWithItsField() {
    return wrongSteps()
        .map(
            wrong ->
                DynamicTest.dynamicTest(
                    wrong[1] + " " + wrong[2],
                    () ->
                        assertRejected(
                            "{'name':'A','steps':" + wrong[0] + "}", wrong[1], wrong[2])));
  }

  @TestFactory
  Stream<DynamicTest> eachErrorOutsideOfStepsIsReportedWithItsField() {
    String steps = "'steps':[{'title':'A','kind':'manual'}]";
    String inputs = "{'name':'A'," + steps + ",'inputs':[%s]}";
    return Stream.of(
            new String[] {"{" + steps + "}", "name", "is required"},
            new String[] {"{'name':'A'}", "steps", "is required"},
            new String[] {"{'name':'A'," + steps + ",'key':'No'}", "key", "lower-case"},
            new String[] {"{'name':'A'," + steps + ",'stepz':[]}", "stepz", "unknown field"},
            new String[] {
              "{'name':'A'," + steps + ",'attach':{}}", "attach.condition", "is required"
            },
            new String[] {
              "{'name':'A'," + steps + ",'attach':{'condition':'true','mode':'x'}}",
              "attach.mode",
              "suggest, start"
            },
            new String[] {inputs.formatted("{}"), "inputs[0].name", "is required"},
            new String[] {inputs.formatted("{'name':'A'}"), "inputs[0].name", "lower-case"},
            new String[] {
              inputs.formatted("{'name':'a'},{'name':'a'}"), "inputs[1].name", "another input"
            },
            new String[] {
              inputs.formatted("{'name':'a','type':'enum'}"), "inputs[0].values", "is required"
            },
            new String[] {
              inputs.formatted("{'name':'a','values':['x']}"), "inputs[0].values", "type enum"
            },
            new String[] {
              inputs.formatted("{'name':'a','type':'int','default':'1'}"),
              "inputs[0].default",
              "whole number"
            },
            new String[] {
              inputs.formatted("{'name':'a','type':'enum','values':['x'],'default':'y'}"),
              "inputs[0].default",
              "one of x"
            },
            new String[] {
              inputs.formatted("{'name':'a','default':{}}"), "inputs[0].default", "must be text"
            },
            new String[] {
              inputs.formatted("{'name':'a','required':true,'default':'x'}"),
              "inputs[0].default",
              "no effect"
            })
        .map(
            wrong ->
                DynamicTest.dynamicTest(
                    wrong[1] + " " + wrong[2], () -> assertRejected(wrong[0], wrong[1], wrong[2])));
  }

  private void assertRejected(String body, String field, String message) {
    String account = Service.newAccount();
    Map<String, String> before = AccountRows.of(service, account);
    Response response =
        service.as(account, "admin").post("/api/v1/runbooks", body.replace('\'', '"')).expect(422);
    assertThat(response.text("code")).isEqualTo("invalid");
    assertThat(response.at("errors"))
        .as("errors in %s", response.text())
        .anySatisfy(
            error -> {
              assertThat(error.get("field").asString()).isEqualTo(field);
              assertThat(error.get("message").asString()).contains(message);
            });
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void graphQlReportsAllErrorsAtOnceInCamelCase() {
    Api api = service.admin();
    JsonNode error =
        api.error(
            """
            mutation { createRunbook(input: {name: "A", steps: [
              {title: "A", kind: HTTP, timeoutSeconds: 0, http: {method: GET, url: "gopher://x", outputPath: "x"}}
              {title: "B", kind: NOTE}
            ]}) { id } }
            """,
            "{}");
    assertThat(error.at("/extensions/code").asString()).isEqualTo("invalid");
    assertThat(error.toString())
        .contains("steps[0].timeoutSeconds")
        .contains("steps[0].http.url")
        .contains("steps[0].http.outputPath")
        .contains("steps[1].note");
  }

  @Test
  void aRunbookHasAtMostAHundredSteps() {
    Api api = service.admin();
    api.post("/api/v1/runbooks", row(100)).expect(201);
    assertThat(api.post("/api/v1/runbooks", row(101)).expect(422).text("errors/0/field"))
        .isEqualTo("steps");
  }

  private static String row(int steps) {
    return "{\"name\":\"Long\",\"steps\":["
        + String.join(
            ",", java.util.Collections.nCopies(steps, "{\"title\":\"A\",\"kind\":\"manual\"}"))
        + "]}";
  }
}
