package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Steps that name the runbook that they run by its key. */
@ExtendWith(RunningService.class)
class SubRunbookByKeyTest {

  private static final String PATH = "/api/v1/runbooks/";
  private static final String NOTE = "[{'title':'Note','kind':'note','note':{'message':'Here'}}]";

  private final Service service;
  private final Api admin;
  private final RunbookDriver driver;

  SubRunbookByKeyTest(Service service) {
    this.service = service;
    this.admin = service.admin();
    this.driver = new RunbookDriver(admin);
  }

  private static String runs(String reference) {
    return "[{'key':'run','title':'Run','kind':'runbook','runbook':{" + reference + "}}]";
  }

  private String keyed(String key, String steps) {
    return driver.runbookWith("'key':'" + key + "','steps':" + steps);
  }

  private Api.Response create(Api api, String name, String steps) {
    return api.post(
        PATH.substring(0, PATH.length() - 1),
        RunbookDriver.json("{'name':'" + name + "','steps':" + steps + "}"));
  }

  private Api.Response save(String runbook, String members) {
    return admin.patch(PATH + runbook, RunbookDriver.json("{" + members + "}"));
  }

  @Test
  void aStepRunsTheRunbookThatHasTheKeyWhenItStarts() {
    String first = keyed("child", NOTE);
    String parent = driver.runbook(runs("'key':'child'"));
    assertThat(child(driver.await(driver.start(parent), "succeeded"))).isEqualTo(first);
    admin.delete(PATH + first).expect(200);
    JsonNode failed = driver.await(driver.start(parent), "failed");
    assertThat(RunbookDriver.step(failed, "run").get("error").asString())
        .contains("No runbook", "'child'");
    String second = keyed("child", NOTE);
    assertThat(child(driver.await(driver.start(parent), "succeeded"))).isEqualTo(second);
  }

  private String child(JsonNode execution) {
    return driver
        .get(RunbookDriver.step(execution, "run").get("child_execution_id").asString())
        .get("runbook_id")
        .asString();
  }

  @Test
  void aKeyThatNoRunbookHasIsRefused() {
    assertThat(create(admin, "Parent", runs("'key':'nowhere'")).expect(422).text())
        .contains("run", "the key nowhere");
    assertThat(create(admin, "Parent", runs("'key':'Not a key'")).expect(422).text())
        .contains("lower-case");
    assertThat(create(admin, "Parent", runs("'inputs':{}")).expect(422).text())
        .contains("or key is required");
    String child = keyed("both", NOTE);
    assertThat(
            create(admin, "Parent", runs("'key':'both','runbook_id':'" + child + "'"))
                .expect(422)
                .text())
        .contains("not both");
    Api other = service.admin();
    assertThat(create(other, "Parent", runs("'key':'both'")).expect(422).text())
        .as("a key of another account")
        .contains("does not exist");
  }

  @Test
  void aRunbookThatRunsItselfByKeyIsRefused() {
    String first = keyed("first", NOTE);
    assertThat(save(first, "'steps':" + runs("'key':'first'")).expect(422).text())
        .contains("belongs to");
    String second = keyed("second", runs("'key':'first'"));
    assertThat(save(first, "'steps':" + runs("'key':'second'")).expect(422).text())
        .contains("this one again");
    assertThat(save(first, "'steps':" + runs("'runbook_id':'" + second + "'")).expect(422).text())
        .contains("this one again");
    String third = driver.runbook(runs("'runbook_id':'" + second + "'"));
    assertThat(save(first, "'steps':" + runs("'runbook_id':'" + third + "'")).expect(422).text())
        .contains("this one again");
    admin.delete(PATH + first).expect(200);
    assertThat(save(third, "'key':'first'").expect(422).text())
        .as("a key that another runbook runs")
        .contains("this one again");
    assertThat(
            admin
                .send(
                    "PUT",
                    PATH + "first",
                    RunbookDriver.json("{'name':'F','steps':" + runs("'key':'second'") + "}")
                        .getBytes(StandardCharsets.UTF_8),
                    "application/json")
                .expect(422)
                .text())
        .contains("this one again");
    save(third, "'key':'third'").expect(200);
  }

  @Test
  void aStoredCycleOfKeysIsNotStarted() {
    String first = keyed("one", NOTE);
    String second = keyed("two", runs("'key':'one'"));
    new DirectDatabase(service.databaseUrl())
        .execute(
            """
            with runbook as (update np_runbooks set version = version + 1 where id = '%s' returning *)
            insert into np_runbook_versions
              (source_account_id, runbook_id, version, name, definition, called_keys, created_by)
            select runbook.source_account_id, runbook.id, runbook.version, runbook.name, other.definition, '{two}', runbook.created_by
            from runbook, np_runbook_versions other where other.runbook_id = '%s'
            """
                .formatted(first, second));
    assertThat(admin.post(PATH + second + "/executions", "{}").expect(409).text())
        .contains("runs itself");
  }

  @Test
  void aFileHasTheKeyAndIsAcceptedByAnotherAccount() {
    String child = keyed("child", NOTE);
    String byId = driver.runbook(runs("'runbook_id':'" + child + "'"));
    Api yaml = admin.header("Accept", "application/yaml");
    Api.Response file = yaml.get(PATH + byId).expect(200);
    assertThat(file.text()).contains("runbook:\n      key: child\n").doesNotContain(child);
    Api other = service.admin();
    String again = yaml.get(PATH + child).expect(200).text();
    post(other, again).expect(201);
    assertThat(post(other, file.text()).expect(201).text("steps/0/runbook/key")).isEqualTo("child");
    save(child, "'key':'renamed'").expect(200);
    Api.Response renamed =
        yaml.header("If-None-Match", Objects.requireNonNull(file.header("ETag")))
            .get(PATH + byId)
            .expect(200);
    assertThat(renamed.text()).contains("key: renamed");
    admin.delete(PATH + child).expect(200);
    assertThat(yaml.get(PATH + byId).expect(200).text())
        .as("an archived runbook")
        .contains("runbook_id: " + child);
  }

  private static Api.Response post(Api api, String yaml) {
    return api.send(
        "POST",
        PATH.substring(0, PATH.length() - 1),
        yaml.getBytes(StandardCharsets.UTF_8),
        "application/yaml");
  }

  @Test
  void graphQlHasTheKeyAndTheIdThatItStandsFor() {
    String child = keyed("child", NOTE);
    JsonNode created =
        admin
            .data(
                """
                mutation { createRunbook(input: {name: "Parent", steps: [{key: "run", title: "Run", kind: RUNBOOK,
                  runbook: {key: "child"}}]}) { id steps { runbook { runbookId key } } } }
                """)
            .at("/createRunbook");
    assertThat(created.at("/steps/0/runbook/runbookId").asString()).isEqualTo(child);
    assertThat(created.at("/steps/0/runbook/key").asString()).isEqualTo("child");
    admin.delete(PATH + child).expect(200);
    JsonNode read =
        admin.data(
            "{ runbook(id: \"%s\") { steps { runbook { runbookId key } } } }"
                .formatted(created.get("id").asString()));
    assertThat(read.at("/runbook/steps/0/runbook/runbookId").isNull()).isTrue();
  }
}
