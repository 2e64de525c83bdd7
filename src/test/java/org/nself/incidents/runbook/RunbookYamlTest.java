package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.json.JsonMapper;

/** Export and import of runbooks as YAML. */
@ExtendWith(RunningService.class)
class RunbookYamlTest {

  private static final String PATH = "/api/v1/runbooks";
  private static final String YAML = "application/yaml";

  private final Service service;

  RunbookYamlTest(Service service) {
    this.service = service;
  }

  private static Response post(Api api, String yaml) {
    return api.send("POST", PATH, yaml.getBytes(StandardCharsets.UTF_8), YAML);
  }

  private static String file(Api api, String id) {
    Response file = api.header("Accept", YAML).get(PATH + "/" + id).expect(200);
    assertThat(file.header("Content-Type")).isEqualTo(YAML);
    return file.text();
  }

  static Stream<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("examples/runbooks"))) {
      List<Path> examples = files.sorted().toList();
      assertThat(examples).hasSizeGreaterThanOrEqualTo(4);
      return examples.stream();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void anExampleIsExportedAsItWasImported(Path example) throws IOException {
    Api api = service.admin();
    String yaml = Files.readString(example);
    String id = post(api, yaml).expect(201).text("id");
    assertThat(file(api, id)).isEqualTo(yaml);
  }

  @Test
  void aRunbookCreatedInJsonIsExportedWithTheSameContent() {
    Api api = service.admin();
    Response created = api.post(PATH, RunbookControllerTest.ROLLBACK).expect(201);
    String file = file(api, created.text("id"));
    assertThat(file)
        .startsWith(
            "key: roll-back\nname: Roll a service back\ndescription: When a release broke it.\n")
        .doesNotContain("null", "version:", "created_by", "id:");
    Api other = service.admin();
    Response again = post(other, file).expect(201);
    for (String part : List.of("key", "name", "description", "inputs", "steps", "attach")) {
      assertThat(again.at(part)).as(part).isEqualTo(created.at(part));
    }
    assertThat(file(other, again.text("id"))).isEqualTo(file);
  }

  @Test
  void everyStringSurvivesExportAndImport() {
    Api api = service.admin();
    List<String> texts =
        List.of(
            "no",
            "on",
            "yes",
            "null",
            "~",
            "1",
            "1.10",
            "0x1F",
            "true",
            "2026-01-01",
            "- a",
            "a: b",
            "# a",
            "'",
            "\"",
            "a # b",
            "& a",
            "*a",
            "!a",
            "%a",
            "@a",
            "`a`",
            "{a",
            "[a",
            "a\nb",
            "a\nb\n",
            "a\n\n\n",
            "\na",
            " a",
            "a ",
            "  a\nb",
            "a \nb",
            "\ta\n\tb",
            "a\r\nb",
            "a\rb",
            "a\u0085b",
            "a\u2028b",
            "\ufeffa",
            "\u00e4\u4e2d\ud83d\ude42",
            "a\u0007b",
            "\u007f",
            "=",
            "<<",
            "|",
            ">",
            "---",
            "...",
            "a".repeat(5_000),
            "a b ".repeat(300) + "c");
    for (String text : texts) {
      String json =
          "{\"name\":\"Texts\",\"steps\":[{\"title\":\"Say\",\"kind\":\"manual\",\"instructions\":%s}]}"
              .formatted(JsonMapper.shared().writeValueAsString(text));
      String id = api.post(PATH, json).expect(201).text("id");
      String file = file(api, id);
      Response again = post(api, file).expect(201);
      assertThat(again.text("steps/0/instructions")).as(file).isEqualTo(text);
    }
  }

  @Test
  void multilineTextsAreBlocksAndEmptyDependenciesAreWritten() {
    Api api = service.admin();
    String yaml =
        """
        name: Two at once
        steps:
          - key: one
            title: One
            instructions: |
              First this.
              Then that.
            kind: manual
          - key: two
            title: 'no'
            kind: manual
            after: []
        """;
    Response created = post(api, yaml).expect(201);
    assertThat(created.text("steps/1/title")).isEqualTo("no");
    assertThat(created.at("steps/1/after").size()).isZero();
    assertThat(file(api, created.text("id")).replace("'no'", "no"))
        .isEqualTo(yaml.replace("'no'", "no"));
  }

  @Test
  void booleansOfYaml11AreStrings() {
    Response created =
        post(
                service.admin(),
                """
                name: on
                inputs: [{name: answer, type: enum, values: [yes, no, off], default: no}]
                steps: [{title: y, kind: note, note: {message: off}}]
                """)
            .expect(201);
    assertThat(created.text("name")).isEqualTo("on");
    assertThat(created.at("inputs/0/values").toString()).isEqualTo("[\"yes\",\"no\",\"off\"]");
    assertThat(created.text("steps/0/note/message")).isEqualTo("off");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "steps: [{title: A, kind: manual}]|name|is required",
        "{name: true, steps: [{title: A, kind: manual}]}|name|must be text",
        "{name: A, steps: [{title: A, kind: manual, shell: rm}]}|steps[0].shell|unknown field",
        "{name: A, steps: [{title: A, kind: http, http: {method: get, url:"
            + " 'ftp://a'}}]}|steps[0].http.url|https://",
        "{name: A, steps: [{title: A, kind: note, note: {message:"
            + " '${x}'}}]}|steps[0].note.message|undeclared",
        "{name: A, steps: [{title: A, kind: manual, timeout_seconds:"
            + " 1.5}]}|steps[0].timeout_seconds|whole number",
        "{name: A, steps: [{title: A, kind: manual, timeout_seconds:"
            + " .inf}]}|steps[0].timeout_seconds|whole number",
      })
  void errorsAreReportedAsForJson(String yaml, String field, String message) {
    Response response = post(service.admin(), yaml).expect(422);
    assertThat(response.text("errors/0/field")).isEqualTo(field);
    assertThat(response.text("errors/0/message")).contains(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing",
        "just text",
        "- a list",
        "a: b: c",
        "name: [",
        "name: 'A",
        "\tname: A",
        "name: A\nname: B",
        "name: A\n--- \nname: B",
        "a: &x [1]\nb: *x",
        "name: *nothing",
        "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]",
        "name: !!javax.script.ScriptEngineManager [x]",
        "name: !own x",
        "name: !!binary aGVsbG8=",
        "name: !!set {a, b}",
        "? [a, b]\n: c",
        "1: a\n'1': b",
        "name: \u0001",
      })
  void anythingButAMappingOfPlainValuesIsRejected(String yaml) {
    String account = Service.newAccount();
    Map<String, String> before = AccountRows.of(service, account);
    Response response = post(service.as(account, "admin"), yaml).expect(400);
    assertThat(response.text("code")).isEqualTo("invalid");
    assertThat(response.text("detail"))
        .startsWith("The body ")
        .doesNotContain("org.snakeyaml", "java.lang");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void aSyntaxErrorIsReportedWithLineAndColumn() {
    assertThat(post(service.admin(), "name: A\nsteps: [\n").expect(400).text("detail"))
        .contains("(line 3, column 1)");
    assertThat(post(service.admin(), "name: A\nb: *x\n").expect(400).text("detail"))
        .contains("alias", "(line 2, column 4)");
  }

  @Test
  void depthSizeNumbersAndEncodingAreLimited() {
    Api api = service.admin();
    post(api, "name: " + "[".repeat(100_000)).expect(400);
    post(api, "name: A\nx: " + "{a: ".repeat(60) + "}".repeat(60)).expect(400);
    post(api, "name: " + "a".repeat(1024 * 1024)).expect(413);
    assertThat(post(api, "name: A\nx: " + "9".repeat(401)).expect(400).text("detail"))
        .contains("400 digits", "(line 2, column 4)");
    byte[] latin1 = "name: \u00e4".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(api.send("POST", PATH, latin1, YAML).expect(400).text("detail")).contains("UTF-8");
  }

  @Test
  void anUpdateCanBeSentAsYaml() {
    Api api = service.admin();
    Response created =
        post(api, "{name: A, description: B, steps: [{title: A, kind: manual}]}").expect(201);
    String path = PATH + "/" + created.text("id");
    Response changed =
        api.header("If-Match", "\"1\"")
            .send(
                "PATCH",
                path,
                "name: C\ndescription: null\n".getBytes(StandardCharsets.UTF_8),
                "application/yaml; charset=utf-8")
            .expect(200);
    assertThat(changed.text("name")).isEqualTo("C");
    assertThat(changed.at("description").isNull()).isTrue();
  }

  @Test
  void jsonAndYamlHaveDistinctETagsAndVaryByAccept() {
    Api api = service.admin();
    String path =
        PATH + "/" + api.post(PATH, RunbookControllerTest.ROLLBACK).expect(201).text("id");
    Response json = api.get(path).expect(200);
    Response yaml = api.header("Accept", YAML).get(path).expect(200);
    assertThat(json.header("ETag")).isEqualTo("\"1\"");
    assertThat(yaml.header("ETag")).isEqualTo("\"1.yaml\"");
    for (String accept : List.of("application/json", YAML)) {
      Api reader = api.header("Accept", accept);
      Response own = accept.equals(YAML) ? yaml : json;
      Response other = accept.equals(YAML) ? json : yaml;
      assertThat(own.header("Vary")).asString().matches("(?i)(.*, *)?accept(,.*)?");
      Response same = reader.header("If-None-Match", tag(own)).get(path).expect(304);
      assertThat(same.header("ETag")).isEqualTo(tag(own));
      assertThat(same.header("Vary")).asString().matches("(?i)(.*, *)?accept(,.*)?");
      reader.header("If-None-Match", tag(other)).get(path).expect(200);
    }
    api.header("If-Match", tag(yaml)).patch(path, "{\"name\":\"Second\"}").expect(200);
    api.header("If-Match", tag(yaml)).patch(path, "{\"name\":\"Third\"}").expect(412);
    String newest = tag(api.header("Accept", YAML).get(path).expect(200));
    api.header("If-Match", newest).delete(path).expect(200);
    assertThat(tag(api.get(path))).isEqualTo("\"2.0\"");
    assertThat(tag(api.header("Accept", YAML).get(path))).isEqualTo("\"2.0.yaml\"");
  }

  private static String tag(Response response) {
    return String.valueOf(response.header("ETag"));
  }

  @Test
  void jsonIsTheDefaultRepresentation() {
    Api api = service.admin();
    String path =
        PATH + "/" + api.post(PATH, RunbookControllerTest.ROLLBACK).expect(201).text("id");
    for (String accept :
        List.of("*/*", "application/*", "application/json, application/yaml;q=0.5")) {
      assertThat(api.header("Accept", accept).get(path).expect(200).header("Content-Type"))
          .as(accept)
          .contains("application/json");
    }
    assertThat(api.get(path).expect(200).header("Content-Type")).contains("application/json");
    assertThat(
            api.header("Accept", "application/yaml, */*;q=0.1")
                .get(path)
                .expect(200)
                .header("Content-Type"))
        .isEqualTo(YAML);
    assertThat(api.header("Accept", YAML).get(PATH + "/none").expect(404).text("code"))
        .isEqualTo("not_found");
    assertThat(
            service
                .with(Map.of())
                .get("/openapi.json")
                .at("paths")
                .get("/api/v1/runbooks/{id}")
                .toString())
        .contains("application/yaml");
  }
}
