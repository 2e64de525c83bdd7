package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Invalid expressions are rejected with the step and field of the error, and nothing is saved. */
@ExtendWith(RunningService.class)
class BadExpressionTest {

  private final Service service;

  BadExpressionTest(Service service) {
    this.service = service;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'kind':'manual','when':'incident.severity ='|when|(line 1, column 19)",
        "'kind':'manual','when':'severity == 1'|when|undeclared reference to 'severity'",
        "'kind':'manual','when':'size(inputs)'|when|must be true or false, but is int",
        "'kind':'manual','when':'secret(`A`) == `b`'|when|a condition cannot use it",
        "'kind':'manual','when':'inputs.nope == 1'|when|input 'nope' is not declared",
        "'kind':'manual','when':'inputs[`nope`] == 1'|when|input 'nope'",
        "'kind':'manual','when':'steps.nope.output == 1'|when|step 'nope' does not exist",
        "'kind':'manual','when':'steps.last.output == 1'|when|step 'last' is not a (transitive)"
            + " dependency",
        "'kind':'manual','when':'steps.bad.output == 1'|when|step 'bad' is not a (transitive)"
            + " dependency",
        "'kind':'manual','when':'steps.side.output == 1'|when|step 'side' is not a (transitive)"
            + " dependency",
        "'kind':'wait','wait':{'until':'incident.status = 1'}|wait.until|(line 1, column 17)",
        "'kind':'note','note':{'message':'a ${inputs.name'}|note.message|${ is not closed (line 1,"
            + " column 3)",
        "'kind':'note','note':{'message':'${inputs.}'}|note.message|(line 1, column 10)",
        "'kind':'note','note':{'message':'${steps.nope.output}'}|note.message|'nope'",
        "'kind':'note','note':{'message':'${secret(`A`)}'}|note.message|cannot use a secret",
        "'kind':'incident','incident':{'owner':'${nobody}'}|incident.owner|'nobody'",
        "'kind':'incident','incident':{'labels':{'a':'b','c':'${secret(`A`)}'}}|incident.labels|c:"
            + " cannot use a secret",
        "'kind':'runbook','runbook':{'runbook_id':'01a208f7-0d86-77d7-85fc-18593a362f02','inputs':{'n':1,'s':'${x}'}}|runbook.inputs|s:"
            + " undeclared reference to 'x'",
        "'kind':'http','http':{'method':'get','url':'https://a/${inputs.nope}'}|http.url|'nope'",
        "'kind':'http','http':{'method':'get','url':'https://a','headers':{'X-A':'${inputs.name}"
            + " ${1 +}'}}|http.headers|X-A: mismatched input",
        "'kind':'http','http':{'method':'put','url':'https://a','body':'${secret(inputs.name)}'}|http.body|secret()"
            + " takes one name in quotes",
        "'kind':'http','http':{'method':'get','url':'https://a','headers':{'Idempotency-Key':'a'}}|http.headers|cannot"
            + " set Idempotency-Key",
        "'kind':'http','http':{'method':'get','url':'https://a','headers':{'Keep-Alive':'a'}}|http.headers|cannot"
            + " set Keep-Alive",
        "'kind':'http','http':{'method':'get','url':'https://a','headers':{'X-A':'ä'}}|http.headers|ASCII",
      })
  void anErrorInAStepIsReportedWithItsField(String step, String field, String message) {
    String body =
        """
        {'name':'A','inputs':[{'name':'name'}],'steps':[
          {'key':'first','title':'First','kind':'manual'},
          {'key':'side','title':'Side','kind':'manual','after':[]},
          {'key':'bad','title':'Bad','after':['first'],%s},
          {'key':'last','title':'Last','kind':'note','note':{'message':
            '${inputs.name} ${steps.first.output} ${steps.bad.status}'},'when':'true'}
        ]}
        """
            .formatted(step)
            .replace('\'', '"')
            .replace("`", "'");
    assertRejected(body, "steps[2]." + field, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "incident.severity = 1|column 19",
        "inputs.name == 1|can use incident only",
        "size(steps) == 0|can use incident only",
        "'a' + 'b'|must be true or false",
      })
  void anErrorInTheTriggerIsReported(String condition, String message) {
    String body =
        "{\"name\":\"A\",\"inputs\":[{\"name\":\"name\"}],\"steps\":[{\"title\":\"A\",\"kind\":\"manual\"}],\"attach\":{\"condition\":\"%s\"}}"
            .formatted(condition);
    assertRejected(body, "attach.condition", message);
  }

  private void assertRejected(String body, String field, String message) {
    String account = Service.newAccount();
    Map<String, String> before = AccountRows.of(service, account);
    Response response = service.as(account, "admin").post("/api/v1/runbooks", body).expect(422);
    assertThat(response.text("code")).isEqualTo("invalid");
    assertThat(response.at("errors").size()).as("errors in %s", response.text()).isEqualTo(1);
    assertThat(response.text("errors/0/field")).isEqualTo(field);
    assertThat(response.text("errors/0/message")).contains(message);
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void anUpdateIsValidatedTogetherWithTheFieldsItKeeps() {
    Api api = service.admin();
    String path =
        "/api/v1/runbooks/"
            + api.post(
                    "/api/v1/runbooks",
                    """
                    {"name":"A","inputs":[{"name":"service"}],
                     "steps":[{"title":"Say","kind":"note","note":{"message":"${inputs.service}"}}]}
                    """)
                .expect(201)
                .text("id");
    Response without = api.patch(path, "{\"inputs\":null}").expect(422);
    assertThat(without.text("errors/0/field")).isEqualTo("steps[0].note.message");
    api.patch(
            path,
            """
            {"steps":[{"title":"Say","kind":"note","note":{"message":"${inputs.service}!"}}]}
            """)
        .expect(200);
    assertThat(
            api.patch(
                    path,
                    """
                    {"steps":[{"title":"Say","kind":"note","note":{"message":"${inputs.servise}!"}}]}
                    """)
                .expect(422)
                .text("detail"))
        .contains("'servise'");
    assertThat(api.get(path).at("version").asInt()).isEqualTo(2);
  }

  @Test
  void graphQlReportsAllErrorsAtOnce() {
    JsonNode error =
        service
            .admin()
            .error(
                """
                mutation { createRunbook(input: {name: "A", steps: [
                  {title: "A", kind: MANUAL, when: "nothing"}
                  {title: "B", kind: HTTP, http: {method: GET, url: "https://a/${b}", headers: [{name: "X", value: "${c}"}]}}
                ]}) { id } }
                """,
                "{}");
    assertThat(error.at("/extensions/code").asString()).isEqualTo("invalid");
    assertThat(error.toString())
        .contains("steps[0].when: undeclared reference to 'nothing'")
        .contains("steps[1].http.url: undeclared reference to 'b' (line 1, column 13)")
        .contains("steps[1].http.headers: X: undeclared reference to 'c'");
  }

  @Test
  void theNumberOfExpressionsIsLimited() {
    String step =
        "{\"title\":\"A\",\"kind\":\"note\",\"note\":{\"message\":\"" + "${1}".repeat(100) + "\"}}";
    String steps = String.join(",", java.util.Collections.nCopies(11, step));
    Response response =
        service
            .admin()
            .post("/api/v1/runbooks", "{\"name\":\"A\",\"steps\":[" + steps + "]}")
            .expect(422);
    assertThat(response.text("errors/0/message")).contains("1,100 expressions");
  }
}
