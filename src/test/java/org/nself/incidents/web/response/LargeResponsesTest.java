package org.nself.incidents.web.response;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** A response has 1 MiB here, and all responses of an account 2 MiB. */
@ExtendWith(RunningService.class)
class LargeResponsesTest {

  private static final int MAX = 1 << 20;

  /** What surrounds the texts, and the first rows of lists for which there is no room. */
  private static final int SLACK = 300_000;

  @SuppressWarnings("NullAway.Init")
  private static Service service;

  private final Api api = service.admin();

  @BeforeAll
  static void start(Service shared) {
    service =
        Service.start(
            shared.databaseUrl(), Map.of("RESPONSE_MAX_MIB", "1", "RESPONSE_MEMORY_MIB", "8"));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private void openLargeIncidents(int count) {
    String labels =
        IntStream.range(0, 64)
            .mapToObj(i -> "\"l%d\":\"%s\"".formatted(i, "v".repeat(255)))
            .collect(Collectors.joining(",", "{", "}"));
    for (int i = 0; i < count; i++) {
      api.post(
              "/api/v1/incidents",
              "{\"title\":\"Large\",\"summary\":\"%s\",\"labels\":%s}"
                  .formatted("s".repeat(20_000), labels))
          .expect(201);
    }
  }

  private String large(int events) {
    String incident = api.open("Large");
    for (int i = 0; i < events; i++) {
      api.post(
              "/api/v1/incidents/" + incident + "/timeline",
              "{\"kind\":\"blob\",\"data\":\"" + "y".repeat(60_000) + "\"}")
          .expect(201);
    }
    return incident;
  }

  private String runbook(int megabytesTenths) {
    String steps =
        IntStream.range(0, 5 * megabytesTenths)
            .mapToObj(
                i ->
                    "{\"key\":\"s%d\",\"title\":\"S\",\"kind\":\"manual\",\"instructions\":\"%s\"}"
                        .formatted(i, "i".repeat(20_000)))
            .collect(Collectors.joining(",", "[", "]"));
    return api.post("/api/v1/runbooks", "{\"name\":\"Large\",\"steps\":" + steps + "}")
        .expect(201)
        .text("id");
  }

  @Test
  void aPageOfIncidentsEndsEarlyAndTheNextContinues() {
    openLargeIncidents(60);
    Set<String> ids = new HashSet<>();
    int pages = 0;
    String cursor = "";
    do {
      Response page = api.get("/api/v1/incidents?limit=200" + cursor).expect(200);
      assertThat(page.text().length()).as("bytes of a page").isLessThan(MAX + SLACK);
      page.at("incidents").forEach(incident -> ids.add(incident.at("/id").asString()));
      cursor = page.at("next_cursor").isNull() ? "" : "&cursor=" + page.text("next_cursor");
      pages++;
    } while (!cursor.isEmpty());
    assertThat(ids).hasSize(60);
    assertThat(pages).isBetween(2, 4);
  }

  @Test
  void allListsOfARequestShareTheSizeAndSayThatMoreFollows() {
    openLargeIncidents(40);
    String lists =
        IntStream.range(0, 5)
            .mapToObj(
                i ->
                    "a%d:incidents(first:200){nodes{summary labels} pageInfo{hasNextPage endCursor}} "
                        .formatted(i))
            .collect(Collectors.joining(" ", "{", "}"));
    JsonNode data = api.data(lists);
    assertThat(data.toString().length()).isLessThan(MAX + SLACK);
    for (int i = 0; i < 5; i++) {
      JsonNode list = data.at("/a" + i);
      assertThat(list.at("/nodes").size()).as("incidents of list " + i).isBetween(1, 39);
      assertThat(list.at("/pageInfo/hasNextPage").asBoolean()).isTrue();
    }
    JsonNode backwards =
        api.data(
            "{incidents(last:200){nodes{id labels summary} pageInfo{hasPreviousPage"
                + " hasNextPage}}}");
    assertThat(backwards.at("/incidents/pageInfo/hasPreviousPage").asBoolean()).isTrue();
    assertThat(backwards.at("/incidents/pageInfo/hasNextPage").asBoolean()).isFalse();
  }

  @Test
  void readsThatAreRefusedKeepNoMemory() {
    openLargeIncidents(5);
    MeterRegistry metrics = service.context().getBean(MeterRegistry.class);
    Counter refused = metrics.get("nself_incident_response_memory_refused").counter();
    double before = refused.count();
    try (ResponseMemory.Lease another =
        service.context().getBean(ResponseMemory.class).lease("another account")) {
      another.reserve(1);
      String lists =
          IntStream.range(0, 150)
              .mapToObj(i -> "a%d:incidents(first:100){nodes{labels summary}} ".formatted(i))
              .collect(Collectors.joining(" ", "{", "}"));
      assertThat(code(api.graphql(lists, "{}"))).isEqualTo("too_large");
    }
    assertThat(refused.count()).as("reads for which there was no room").isEqualTo(before);
  }

  @Test
  void manyIncidentsByIdAreRefusedTogetherAndOneIsNot() {
    openLargeIncidents(40);
    List<String> ids = new ArrayList<>();
    api.data("{incidents(first:200){nodes{id}}}")
        .at("/incidents/nodes")
        .forEach(incident -> ids.add(incident.at("/id").asString()));
    String all =
        IntStream.range(0, ids.size())
            .mapToObj(i -> "a%d:incident(id:\"%s\"){labels summary}".formatted(i, ids.get(i)))
            .collect(Collectors.joining(" ", "{", "}"));
    assertThat(code(api.graphql(all, "{}"))).isEqualTo("too_large");
    assertThat(
            api.data("{incident(id:\"" + ids.getFirst() + "\"){summary}}")
                .at("/incident/summary")
                .asString())
        .hasSize(20_000);
  }

  private static String code(Response response) {
    return response.text("errors/0/extensions/code");
  }

  @Test
  void aFieldIsCountedAsOftenAsItIsSelected() {
    String incident = large(1);
    String query =
        "{incident(id:\"%s\"){timeline(first:10){nodes{%s}}}}"
            .formatted(
                incident,
                IntStream.range(0, 150)
                    .mapToObj(i -> "a" + i + ":data")
                    .collect(Collectors.joining(" ")));
    Response refused = api.graphql(query, "{}");
    assertThat(code(refused)).isEqualTo("too_large");
    assertThat(refused.text("errors/0/message")).contains("fewer fields");
    assertThat(refused.text().length()).isLessThan(1_000);
    assertThat(api.header("Accept", "text/event-stream").graphql(query, "{}").status())
        .isEqualTo(200);
  }

  @Test
  void metricsAreCountedWithAllTheirBuckets() {
    String incident = api.open("Counted");
    api.patch(
            "/api/v1/incidents/" + incident, "{\"services\":[\"a\",\"b\"],\"status\":\"resolved\"}")
        .expect(200);
    String today = Instant.now().truncatedTo(ChronoUnit.DAYS).toString();
    String year =
        "from:\"%s\",to:\"%s\",bucket:DAY,groupBy:[SERVICE]"
            .formatted(
                Instant.parse(today).minus(360, ChronoUnit.DAYS),
                Instant.parse(today).plus(1, ChronoUnit.DAYS));
    String one = "incidentMetrics(%s){groups{buckets{incidentCount}}}".formatted(year);
    assertThat(api.data("{" + one + "}").at("/incidentMetrics/groups")).hasSize(2);
    Response refused = api.graphql("{" + one + " again:" + one + "}", "{}");
    assertThat(code(refused)).isEqualTo("too_large");
    assertThat(refused.text("errors/0/message")).contains("longer bucket");
    assertThat(
            api.data(
                    "{"
                        + one.replace("DAY", "MONTH")
                        + " again:"
                        + one.replace("DAY", "WEEK")
                        + "}")
                .at("/again/groups"))
        .hasSize(2);
  }

  @Test
  void oneRowIsReturnedHoweverLargeItIs() {
    String incident = api.open("Numbers");
    for (int i = 0; i < 3; i++) {
      api.post(
              "/api/v1/incidents/" + incident + "/timeline",
              "{\"kind\":\"blob\",\"data\":[" + "1e199,".repeat(300) + "1]}")
          .expect(201);
    }
    assertThat(api.get("/api/v1/incidents/" + incident + "/timeline").expect(200).at("timeline"))
        .hasSize(4);
    String runbook = runbook(9);
    assertThat(api.get("/api/v1/runbooks/" + runbook).expect(200).at("steps")).hasSize(45);
  }

  @Test
  void pagesOfRunbooksAndOfTheirVersionsEndEarly() {
    String first = runbook(4);
    runbook(4);
    runbook(4);
    Response page = api.get("/api/v1/runbooks").expect(200);
    assertThat(page.at("runbooks")).hasSize(2);
    String cursor = page.text("next_cursor");
    assertThat(api.get("/api/v1/runbooks?cursor=" + cursor).expect(200).at("runbooks")).hasSize(1);
    JsonNode lists =
        api.data(
            "{a:runbooks{nodes{id steps{instructions}}} b:runbooks{nodes{id}"
                + " pageInfo{hasNextPage}}}");
    assertThat(lists.at("/a/nodes")).hasSize(2);
    assertThat(lists.at("/b/nodes")).hasSize(1);
    assertThat(lists.at("/b/pageInfo/hasNextPage").asBoolean()).isTrue();

    for (int version = 2; version <= 4; version++) {
      api.patch("/api/v1/runbooks/" + first, "{\"name\":\"Version " + version + "\"}").expect(200);
    }
    Response versions = api.get("/api/v1/runbooks/" + first + "/versions").expect(200);
    assertThat(versions.at("versions")).hasSize(2);
    assertThat(versions.at("next_before").asInt()).isEqualTo(3);
    assertThat(
            api.get("/api/v1/runbooks/" + first + "/versions?before=3").expect(200).at("versions"))
        .hasSize(2);
  }

  @Test
  void executionsAndTheirStepsAreCounted() {
    String runbook =
        api.post(
                "/api/v1/runbooks",
                """
                {"name":"R","inputs":[{"name":"t"}],"steps":[{"key":"s","title":"S","kind":"manual"}]}\
                """)
            .expect(201)
            .text("id");
    String text = "t".repeat(60_000);
    List<String> executions = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      executions.add(
          api.post(
                  "/api/v1/runbooks/" + runbook + "/executions",
                  "{\"inputs\":{\"t\":\"" + text + "\"}}")
              .expect(201)
              .text("id"));
    }
    Response page = api.get("/api/v1/runbooks/" + runbook + "/executions?limit=200").expect(200);
    assertThat(page.at("executions").size()).isBetween(15, 18);
    assertThat(page.at("executions/0/id").asString()).isEqualTo(executions.getLast());
    Response rest =
        api.get(
                "/api/v1/runbooks/"
                    + runbook
                    + "/executions?limit=200&cursor="
                    + page.text("next_cursor"))
            .expect(200);
    assertThat(page.at("executions").size() + rest.at("executions").size()).isEqualTo(20);

    for (String execution : executions) {
      Eventually.until(
          Duration.ofSeconds(10),
          "the step to wait for a person",
          () ->
              api.post(
                          "/api/v1/runbook-executions/" + execution + "/steps/s/complete",
                          "{\"output\":{\"x\":\"" + text + "\"}}")
                      .status()
                  == 200);
    }
    String all =
        executions.stream()
            .map(
                id ->
                    "a%s:runbookExecution(id:\"%s\"){steps{output}}"
                        .formatted(id.replace("-", ""), id))
            .collect(Collectors.joining(" ", "{", "}"));
    assertThat(code(api.graphql(all, "{}"))).isEqualTo("too_large");
    assertThat(
            api.get("/api/v1/runbook-executions/" + executions.getFirst())
                .expect(200)
                .at("steps/0/output/x")
                .asString())
        .hasSize(60_000);
  }

  @Test
  void aDryRunWhoseMessagesAreMuchLongerThanTheirTemplatesIsRefused() {
    String steps =
        IntStream.range(0, 40)
            .mapToObj(
                i ->
                    "{\"key\":\"s%d\",\"title\":\"S\",\"kind\":\"note\",\"note\":{\"message\":\"${inputs.t}\"}}"
                        .formatted(i))
            .collect(Collectors.joining(",", "[", "]"));
    String runbook =
        api.post(
                "/api/v1/runbooks",
                "{\"name\":\"R\",\"inputs\":[{\"name\":\"t\"}],\"steps\":" + steps + "}")
            .expect(201)
            .text("id");
    Response refused =
        api.post(
                "/api/v1/runbooks/" + runbook + "/plan",
                "{\"inputs\":{\"t\":\"" + "t".repeat(60_000) + "\"}}")
            .expect(413);
    assertThat(refused.text("code")).isEqualTo("too_large");
    assertThat(refused.text("detail")).contains("plan fewer runbooks");
  }

  @Test
  void theListOfTheAdminPageEndsEarly() {
    openLargeIncidents(60);
    Response list = api.get("/incidents").expect(200);
    assertThat(list.text().length()).isLessThan(MAX + SLACK);
    assertThat(list.at("truncated").asBoolean()).isTrue();
    assertThat(list.at("incidents").size()).isBetween(10, 59);
    assertThat(list.at("incidents/0/timeline").size()).isPositive();
  }

  @Test
  void clientsThatDoNotReadAreDisconnectedWhereOthersWait() throws IOException {
    openLargeIncidents(40);
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 12; i++) {
        Socket socket = new Socket();
        socket.setOption(StandardSocketOptions.SO_RCVBUF, 4_096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), service.port()));
        StringBuilder head =
            new StringBuilder("GET /api/v1/incidents?limit=200 HTTP/1.1\r\nHost: localhost\r\n");
        api.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        slow.add(socket);
      }
      Eventually.until(
          Duration.ofSeconds(20),
          "a response for one who reads",
          () -> api.get("/api/v1/incidents?limit=200").status() == 200);
      // Nobody else notices.
      service.admin().get("/api/v1/incidents?limit=200").expect(200);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
    Eventually.until(
        Duration.ofSeconds(25),
        "all memory to be given back",
        () -> service.context().getBean(ResponseMemory.class).used() == 0);
  }
}
