package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertProblem;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.input.FieldPatch;

/**
 * Repeated requests: with a dedup_key, which are counted, and with an Idempotency-Key, which are
 * not.
 */
@ExtendWith(RunningService.class)
class RepeatedRequestTest {

  private static final String INCIDENTS = "/api/v1/incidents";
  private static final String ALERT = "{\"title\":\"Disk full\",\"dedup_key\":\"disk/7\"}";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  RepeatedRequestTest(Service service) {
    this.service = service;
    this.api = service.as(account, "user");
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "acknowledged", "mitigating"})
  void anUnfinishedIncidentWithTheSameDedupKeyIsCountedInsteadOfOpened(String status) {
    Response first = api.post(INCIDENTS, ALERT).expect(201);
    String path = INCIDENTS + "/" + first.text("id");
    if (!status.equals("open")) {
      Statuses.move(api, path, status);
    }
    int version = api.get(path).at("version").asInt();
    Response again =
        api.post(INCIDENTS, "{\"title\":\"Other\",\"dedup_key\":\"disk/7\"}").expect(200);
    assertThat(again.text("id")).isEqualTo(first.text("id"));
    assertThat(again.text("title")).isEqualTo("Disk full");
    assertThat(again.at("occurrences").asInt()).isEqualTo(2);
    assertThat(again.at("version").asInt()).as("a repetition is no edit").isEqualTo(version);
    assertThat(again.header("Location")).isEqualTo(path);
    assertThat(api.get(path + "/timeline").at("timeline").size())
        .as("events")
        .isEqualTo(status.equals("open") ? 2 : 3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"resolved", "cancelled"})
  void aFinishedIncidentReleasesItsDedupKey(String status) {
    Response first = api.post(INCIDENTS, ALERT).expect(201);
    Statuses.move(api, INCIDENTS + "/" + first.text("id"), status);
    Response second = api.post(INCIDENTS, ALERT).expect(201);
    assertThat(second.text("id")).isNotEqualTo(first.text("id"));
    Response reopened =
        api.patch(
            INCIDENTS + "/" + first.text("id"), "{\"status\":\"open\",\"reason\":\"it is back\"}");
    assertProblem(reopened, 409, "conflict");
    assertThat(reopened.text("detail")).contains("disk/7");
  }

  @Test
  void dedupKeysOfOtherAccountsAndOtherDedupKeysAreIndependent() {
    Response first = api.post(INCIDENTS, ALERT).expect(201);
    service.admin().post(INCIDENTS, ALERT).expect(201);
    api.post(INCIDENTS, ALERT.replace("disk/7", "disk/8")).expect(201);
    api.post(INCIDENTS, ALERT.replace("disk/7", "DISK/7")).expect(201);
    assertThat(api.get(INCIDENTS + "/" + first.text("id")).at("occurrences").asInt()).isEqualTo(1);
  }

  /** A reopening takes the dedup_key without its lock. */
  @Test
  void anAlertConcurrentWithAReopeningIsCounted() throws Exception {
    String path = INCIDENTS + "/" + api.post(INCIDENTS, ALERT).expect(201).text("id");
    Statuses.move(api, path, "resolved");
    try (Connection other = TestPostgres.connect(service.databaseUrl());
        Statement statement = other.createStatement();
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      other.setAutoCommit(false);
      statement.execute(
          "update np_incidents set status = 'open' where source_account_id = '%s'"
              .formatted(account));
      Future<Response> alert = threads.submit(() -> api.post(INCIDENTS, ALERT));
      Eventually.until(
          Duration.ofSeconds(10), "the alert to wait for the reopening", this::waiting);
      other.commit();
      Response counted = alert.get().expect(200);
      assertThat(counted.at("occurrences").asInt()).isEqualTo(2);
      assertThat(counted.at("number").asInt()).isEqualTo(1);
    }
  }

  private boolean waiting() {
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement();
        var result =
            statement.executeQuery(
                """
                select from pg_locks waiting join pg_stat_activity using (pid)
                where not granted and query like '%with target as (%' and datname = current_database()
                """)) {
      return result.next();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aRepeatUnderTheSameKeyIsExecutedOnceWithTheSameResponse() {
    Api keyed = api.header("Idempotency-Key", "retry-1");
    Response first = keyed.post(INCIDENTS, "{\"title\":\"Once\"}").expect(201);
    Map<String, String> before = AccountRows.of(service, account);
    Response again = keyed.post(INCIDENTS, "{ \"title\" : \"Once\" }").expect(201);
    assertThat(again.text()).isEqualTo(first.text());
    assertThat(again.header("Location")).isEqualTo(first.header("Location"));
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void aDifferentRequestUnderTheKeyIsRejected() {
    Api keyed = api.header("Idempotency-Key", "mixed");
    String path = INCIDENTS + "/" + keyed.post(INCIDENTS, "{\"title\":\"a\"}").text("id");
    Map<String, String> before = AccountRows.of(service, account);
    assertProblem(keyed.post(INCIDENTS, "{\"title\":\"b\"}"), 422, "idempotency_mismatch");
    assertProblem(
        keyed.post(INCIDENTS, "{\"title\":\"a\",\"owner\":\"x\"}"), 422, "idempotency_mismatch");
    assertProblem(keyed.patch(path, "{\"title\":\"a\"}"), 422, "idempotency_mismatch");
    assertProblem(
        keyed.post(path + "/timeline", "{\"message\":\"a\"}"), 422, "idempotency_mismatch");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void changesAndNotesUnderAKeyAreExecutedOnce() {
    String path = INCIDENTS + "/" + api.open("Keyed");
    Api patching = api.header("Idempotency-Key", "patch-1");
    Response patched = patching.patch(path, "{\"owner\":\"ana\"}").expect(200);
    api.patch(path, "{\"owner\":\"bea\"}").expect(200);
    assertThat(patching.patch(path, "{\"owner\":\"ana\"}").expect(200).text("owner"))
        .as("the owner after a late retry")
        .isEqualTo("bea");
    assertThat(patched.text("owner")).isEqualTo("ana");
    Api noting = api.header("Idempotency-Key", "note-1");
    Response noted = noting.post(path + "/timeline", "{\"message\":\"n\"}").expect(201);
    assertThat(noting.post(path + "/timeline", "{\"message\":\"n\"}").expect(201).text())
        .isEqualTo(noted.text());
    assertThat(api.get(path + "/timeline").at("timeline").size()).isEqualTo(4);
  }

  /** Documented in the README under "Writing safely". */
  @Test
  void aRepeatOfAChangeAnswersWithTheCurrentState() {
    String path = INCIDENTS + "/" + api.open("Keyed");
    String into = api.open("Into");
    Api keyed = api.header("Idempotency-Key", "patch-2").header("If-Match", "\"1\"");
    keyed.patch(path, "{\"owner\":\"ana\"}").expect(200);
    api.patch(path, "{\"owner\":\"bea\"}").expect(200);
    Map<String, String> before = AccountRows.of(service, account);
    Response repeated = keyed.patch(path, "{\"owner\":\"ana\"}").expect(200);
    assertThat(repeated.text("owner")).isEqualTo("bea");
    assertThat(repeated.header("ETag")).as("the current version").isEqualTo("\"3\"");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
    Api merging = api.header("Idempotency-Key", "merge-1");
    merging.post(path + "/merge", "{\"into\":\"" + into + "\"}").expect(200);
    api.patch(path, "{\"status\":\"open\",\"reason\":\"Another cause\"}").expect(200);
    Response merged = merging.post(path + "/merge", "{\"into\":\"" + into + "\"}").expect(200);
    assertThat(merged.text("status")).isEqualTo("open");
  }

  /** Two requests that differ only in what they leave, clear or set. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"title\":\"a\"} | {\"title\":\"a\",\"summary\":null}",
        "{\"title\":\"a\"} | {\"title\":\"a\",\"owner\":null}",
        "{\"title\":\"a\"} | {\"title\":\"a\",\"services\":null}",
        "{\"title\":\"a\"} | {\"title\":\"a\",\"labels\":null}",
        "{\"services\":null} | {\"services\":[]}",
        "{\"labels\":null} | {\"labels\":{}}",
        "{\"labels\":{\"a\":null}} | {\"labels\":{}}",
        "{\"summary\":null} | {\"owner\":null}",
      })
  void clearingAFieldIsADifferentRequestThanLeavingIt(String one, String other) {
    String path = INCIDENTS + "/" + api.open("Keyed");
    Api keyed = api.header("Idempotency-Key", "clear");
    keyed.patch(path, one).expect(200);
    assertProblem(keyed.patch(path, other), 422, "idempotency_mismatch");
    Api reversed = api.header("Idempotency-Key", "reversed");
    reversed.patch(path, other).expect(200);
    assertProblem(reversed.patch(path, one), 422, "idempotency_mismatch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SUMMARY", "OWNER", "LABELS", "SERVICES"})
  void clearingInGraphqlIsADifferentRequestThanLeaving(String field) {
    String change =
        """
        mutation { updateIncident(input: {id: "%s", title: "a", idempotencyKey: "clear"%s}) { id } }
        """;
    String id = api.open("Keyed");
    api.data(change.formatted(id, ""));
    assertThat(
            api.error(change.formatted(id, ", clear: [" + field + "]"), "{}")
                .at("/extensions/code")
                .asString())
        .isEqualTo("idempotency_mismatch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"key", "description", "inputs", "attach"})
  void clearingAFieldOfARunbookIsADifferentRequestThanLeavingIt(String field) {
    Api admin = service.as(account, "admin");
    String path =
        "/api/v1/runbooks/"
            + admin
                .post(
                    "/api/v1/runbooks",
                    "{\"name\":\"R\",\"steps\":[{\"title\":\"s\",\"kind\":\"manual\"}]}")
                .expect(201)
                .text("id");
    Api keyed = admin.header("Idempotency-Key", "clear");
    keyed.patch(path, "{\"name\":\"S\"}").expect(200);
    assertProblem(
        keyed.patch(path, "{\"name\":\"S\",\"%s\":null}".formatted(field)),
        422,
        "idempotency_mismatch");
  }

  @Test
  void correctingAnEventWithDataIsADifferentRequestThanWithout() {
    String correct =
        """
        mutation { correctTimelineEvent(input: {incidentId: "%s", seq: 1, message: "m", idempotencyKey: "c"%s}) { seq } }
        """;
    String id = api.open("Keyed");
    api.data(correct.formatted(id, ""));
    for (String more :
        List.of(
            ", data: {}", ", data: []", ", data: \"\"", ", occurredAt: \"2026-01-01T00:00:00Z\"")) {
      assertThat(api.error(correct.formatted(id, more), "{}").at("/extensions/code").asString())
          .as(more)
          .isEqualTo("idempotency_mismatch");
    }
  }

  /** The subtypes of a sealed type in a command must differ in their JSON; see FieldPatch. */
  @ParameterizedTest
  @ValueSource(
      classes = {
        FieldPatch.class,
        ChangeIncident.LabelPatch.class,
        IncidentRef.class,
        Action.class
      })
  void noTwoSubtypesHaveTheSameMembersInAFingerprint(Class<?> sealed) {
    List<Set<String>> members =
        Arrays.stream(sealed.getPermittedSubclasses())
            .map(
                subtype ->
                    Stream.concat(
                            Arrays.stream(subtype.getRecordComponents())
                                .map(RecordComponent::getName),
                            Arrays.stream(subtype.getDeclaredMethods())
                                .filter(method -> method.isAnnotationPresent(JsonProperty.class))
                                .map(Method::getName))
                        .collect(Collectors.toSet()))
            .toList();
    assertThat(members).doesNotHaveDuplicates();
  }

  @Test
  void aRepeatedAlertUnderAKeyIsCountedOnce() {
    api.post(INCIDENTS, ALERT).expect(201);
    Api keyed = api.header("Idempotency-Key", "alert-1");
    assertThat(keyed.post(INCIDENTS, ALERT).expect(200).at("occurrences").asInt()).isEqualTo(2);
    assertThat(keyed.post(INCIDENTS, ALERT).expect(200).at("occurrences").asInt()).isEqualTo(2);
  }

  @Test
  void aKeyThatWasUsedForARunbookIsRejected() {
    String runbook =
        """
        insert into np_idempotency_keys (source_account_id, key, request_hash, subject_id)
        values ('%s', 'rb', '\\x00', gen_random_uuid())
        """
            .formatted(account);
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement()) {
      statement.execute(runbook);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    assertProblem(
        api.header("Idempotency-Key", "rb").post(INCIDENTS, "{\"title\":\"a\"}"),
        422,
        "idempotency_mismatch");
  }

  @Test
  void aRejectedRequestDoesNotUseItsKey() {
    Api keyed = api.header("Idempotency-Key", "later");
    keyed.post(INCIDENTS + "/1/timeline", "{\"message\":\"n\"}").expect(404);
    keyed.post(INCIDENTS, "{\"title\":\"\"}").expect(422);
    keyed.post(INCIDENTS, "{\"title\":\"a\"}").expect(201);
  }

  @Test
  void keysArePerAccount() {
    String one = api.header("Idempotency-Key", "k").post(INCIDENTS, "{\"title\":\"a\"}").text("id");
    Response other =
        service.admin().header("Idempotency-Key", "k").post(INCIDENTS, "{\"title\":\"b\"}");
    assertThat(other.expect(201).text("id")).isNotEqualTo(one);
  }

  @Test
  void graphqlAndRestShareKeys() {
    String mutation =
        "mutation { openIncident(input: {title: \"a\", idempotencyKey: \"shared\"}) { id } }";
    String id = api.data(mutation).at("/openIncident/id").asString();
    assertThat(api.data(mutation).at("/openIncident/id").asString()).isEqualTo(id);
    assertThat(
            api.header("Idempotency-Key", "shared")
                .post(INCIDENTS, "{\"title\":\"a\"}")
                .expect(201)
                .text("id"))
        .isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\tb"})
  void aMalformedKeyIsRejected(String key) {
    assertProblem(
        api.header("Idempotency-Key", key).post(INCIDENTS, "{\"title\":\"a\"}"),
        400,
        "invalid",
        "Idempotency-Key");
  }

  @Test
  void aKeyHasUpTo255Characters() {
    api.header("Idempotency-Key", "k".repeat(255)).post(INCIDENTS, "{\"title\":\"a\"}").expect(201);
    assertProblem(
        api.header("Idempotency-Key", "k".repeat(256)).post(INCIDENTS, "{\"title\":\"a\"}"),
        400,
        "invalid",
        "Idempotency-Key");
  }
}
