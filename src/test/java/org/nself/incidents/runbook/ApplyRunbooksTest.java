package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Directories of runbooks, which are applied as a whole. */
@ExtendWith(RunningService.class)
class ApplyRunbooksTest {

  private static final String PATH = "/api/v1/runbooks";
  private static final String CHILD =
      """
      ---
      key: child
      name: Child
      steps:
        - {title: Look, kind: manual}
      """;

  /** Runs the child, which comes after it. */
  private static final String PARENT =
      """
      ---
      key: parent
      name: Parent
      steps:
        - {key: run, title: Run, kind: runbook, runbook: {key: child}}
        - {key: say, title: Say, kind: note, note: {message: Done}}
      """;

  private final Api api;

  ApplyRunbooksTest(Service service) {
    this.api = service.admin();
  }

  private Response apply(String query, String yaml) {
    return api.send(
        "POST", PATH + "/apply" + query, yaml.getBytes(StandardCharsets.UTF_8), "application/yaml");
  }

  private static List<String> results(Response response) {
    List<String> results = new ArrayList<>();
    for (JsonNode item : response.expect(200).at("runbooks")) {
      results.add(item.get("key").asString() + " " + item.get("result").asString());
    }
    return results;
  }

  private List<String> keys() {
    List<String> keys = new ArrayList<>();
    api.get(PATH)
        .expect(200)
        .at("runbooks")
        .forEach(runbook -> keys.add(runbook.get("key").asString()));
    return keys;
  }

  @Test
  void filesRunEachOtherInAnyOrder() {
    assertThat(results(apply("", PARENT + CHILD)))
        .containsExactly("parent created", "child created");
    assertThat(results(apply("", "# all\n---\n" + CHILD + PARENT)))
        .containsExactly("child unchanged", "parent unchanged");
  }

  @Test
  void aDryRunListsTheChangesAndDoesNothing() {
    Response planned = apply("?dry_run=true", PARENT + CHILD);
    assertThat(results(planned)).containsExactly("parent created", "child created");
    assertThat(planned.at("dry_run").asBoolean()).isTrue();
    assertThat(planned.at("runbooks/0/runbook_id").isNull()).isTrue();
    assertThat(keys()).isEmpty();
    apply("", PARENT + CHILD).expect(200);
    String changed =
        """
        ---
        key: parent
        name: Renamed
        description: When it breaks.
        inputs: [{name: service}]
        steps:
          - {key: say, title: Say, kind: note, after: [], note: {message: Over}}
          - {key: run, title: Run, kind: runbook, after: [], runbook: {key: child}}
          - {key: look, title: Look, kind: manual}
        """;
    Response updated = apply("?dry_run=true", changed).expect(200);
    List<String> changes = new ArrayList<>();
    updated
        .at("runbooks/0/changes")
        .forEach(
            change ->
                changes.add(change.get("field").asString() + " " + change.get("kind").asString()));
    assertThat(changes)
        .containsExactlyInAnyOrder(
            "name changed",
            "description added",
            "inputs.service added",
            "steps.say.after changed",
            "steps.say.note.message changed",
            "steps.look added",
            "steps moved");
    assertThat(updated.at("runbooks/0/version").asInt()).isEqualTo(2);
    assertThat(updated.at("runbooks/0/change_count").asInt()).isEqualTo(changes.size());
    assertThat(results(apply("", PARENT)))
        .as("still as it was")
        .containsExactly("parent unchanged");
  }

  @Test
  void oneWrongFileAppliesNothingAndIsNamed() {
    assertThat(
            apply("", CHILD + PARENT.replace("key: child", "key: nowhere"))
                .expect(422)
                .text("errors/0/field"))
        .isEqualTo("runbooks[1].steps");
    Response errors =
        apply(
                "",
                CHILD.replace("kind: manual", "kind: manual, when: incident.sevrity == 1")
                    + PARENT.replace("title: Run", "titel: Run")
                    + CHILD)
            .expect(422);
    assertThat(errors.text())
        .contains("runbooks[1].steps[0].titel", "runbooks[2].key", "another runbook");
    assertThat(
            apply("", CHILD.replace("kind: manual", "kind: manual, when: incident.sevrity == 1"))
                .expect(422)
                .text("errors/0/field"))
        .isEqualTo("runbooks[0].steps[0].when");
    assertThat(
            apply(
                    "",
                    CHILD.replace("kind: manual", "kind: runbook, runbook: {key: parent}") + PARENT)
                .expect(422)
                .text())
        .contains("this one again");
    assertThat(keys()).isEmpty();
    apply("", "").expect(422);
    apply("", CHILD.replace("key: child\n", "")).expect(422);
    apply("", "--- text\n").expect(400);
    apply("?archive_missing=true", CHILD).expect(400);
    apply("?dryrun=true", CHILD).expect(400);
    String many =
        IntStream.rangeClosed(0, 200)
            .mapToObj(i -> CHILD.replace("child", "child-" + i))
            .collect(Collectors.joining());
    apply("", many).expect(400);
  }

  @Test
  void onlyWhatTheSourceMadeIsArchived() {
    api.send(
            "PUT",
            PATH + "/by-hand",
            CHILD.replace("key: child\n", "").getBytes(StandardCharsets.UTF_8),
            "application/yaml")
        .expect(201);
    apply("?source=one", PARENT + CHILD + CHILD.replace("child", "by-hand")).expect(200);
    apply("?source=two", CHILD.replace("child", "other")).expect(200);
    assertThat(results(apply("?source=one&archive_missing=true&dry_run=true", CHILD)))
        .containsExactly("child unchanged", "parent archived");
    assertThat(keys()).contains("parent");
    assertThat(
            apply("?source=one&archive_missing=true", PARENT).expect(422).text("errors/0/message"))
        .as("it runs what would be archived")
        .contains("does not exist or is archived");
    assertThat(results(apply("?source=one&archive_missing=true", CHILD)))
        .containsExactly("child unchanged", "parent archived");
    assertThat(keys()).containsExactlyInAnyOrder("child", "by-hand", "other");
    assertThat(results(apply("?source=two", CHILD))).containsExactly("child unchanged");
    assertThat(results(apply("?source=one&archive_missing=true", CHILD.replace("child", "last"))))
        .as("the child has moved to the other source")
        .containsExactly("last created");
    assertThat(results(apply("?source=two&archive_missing=true", CHILD)))
        .containsExactly("child unchanged", "other archived");
  }

  @Test
  void jsonAndGraphQlDoTheSame() {
    String json =
        """
        {"runbooks": [{"key": "child", "name": "Child", "steps": [{"title": "Look", "kind": "manual"}]}]}
        """;
    assertThat(results(api.post(PATH + "/apply?source=files", json)))
        .containsExactly("child created");
    JsonNode applied =
        api.data(
                """
                mutation { applyRunbooks(input: {source: "files", archiveMissing: true, dryRun: true, runbooks: [
                  {key: "other", name: "Other", steps: [{title: "Look", kind: MANUAL}]}]}) {
                    dryRun runbooks { key name result runbookId version changeCount changes { field kind } } } }
                """)
            .at("/applyRunbooks");
    assertThat(applied.at("/runbooks/0/result").asString()).isEqualTo("CREATED");
    assertThat(applied.at("/runbooks/1/result").asString()).isEqualTo("ARCHIVED");
    assertThat(
            api.data("{ runbooks { nodes { key source } } }")
                .at("/runbooks/nodes/0/source")
                .asString())
        .isEqualTo("files");
  }
}
