package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLTypeUtil;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.StatementCounter;
import org.nself.incidents.testing.TestPostgres;
import org.springframework.graphql.execution.GraphQlSource;
import tools.jackson.databind.JsonNode;

/**
 * A list costs a fixed number of statements, however many rows it has and whatever is asked of each
 * of them. Every list of the schema is tried with all that can be selected below it.
 */
@ExtendWith(RunningService.class)
@TestInstance(Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
class StatementCountTest {

  private static final int DEPTH = 6;

  private final StatementCounter counter;
  private final Service service;
  private final GraphQLSchema schema;
  private final Map<Integer, Api> accounts;

  StatementCountTest(TestPostgres postgres) {
    this.counter = StatementCounter.before(postgres.createDatabase());
    this.service = Service.start(counter.databaseUrl(), Map.of());
    this.schema = service.context().getBean(GraphQlSource.class).schema();
    this.accounts = Map.of(1, service.admin(), 5, service.admin(), 20, service.admin());
  }

  @BeforeAll
  void writeRows() {
    accounts.forEach(
        (rows, api) -> {
          for (int i = 0; i < rows; i++) {
            String incident = api.open("Incident " + i);
            api.post(
                    "/api/v1/incidents/" + incident + "/timeline",
                    "{\"message\":\"m\",\"data\":{\"a\":1}}")
                .expect(201);
            String runbook =
                api.post(
                        "/api/v1/runbooks",
                        "{\"name\":\"R%d\",\"steps\":[{\"title\":\"s\",\"kind\":\"manual\"}]}"
                            .formatted(i))
                    .expect(201)
                    .text("id");
            api.patch("/api/v1/runbooks/" + runbook, "{\"name\":\"Q%d\"}".formatted(i)).expect(200);
            api.post(
                    "/api/v1/runbooks/" + runbook + "/executions",
                    "{\"incident_id\":\"" + incident + "\"}")
                .expect(201);
          }
        });
  }

  @AfterAll
  void stop() {
    service.close();
    counter.close();
  }

  @Test
  void theNumberOfStatementsDoesNotGrowWithTheNumberOfRows() {
    List<GraphQLFieldDefinition> lists =
        schema.getQueryType().getFieldDefinitions().stream()
            .filter(field -> field.getArgument("first") != null)
            .toList();
    assertThat(lists).extracting(GraphQLFieldDefinition::getName).contains("incidents", "runbooks");
    for (GraphQLFieldDefinition list : lists) {
      String query = "{" + list.getName() + "(first: 20)" + below(list, DEPTH) + "}";
      int one = statements(1, query);
      assertThat(one).as("statements for one row of %s", list.getName()).isBetween(1, 30);
      assertThat(statements(5, query)).as("for 5 of %s", query).isEqualTo(one);
      assertThat(statements(20, query)).as("for 20 of %s", query).isEqualTo(one);
    }
  }

  @Test
  void aRemoteJoinReadsItsRowsTogether() {
    int one = statements(1, join(1));
    assertThat(statements(20, join(20))).isEqualTo(one);
  }

  private Api account(int rows) {
    return Objects.requireNonNull(accounts.get(rows));
  }

  private String join(int rows) {
    List<String> ids =
        account(rows)
            .get("/api/v1/incidents?limit=" + rows)
            .at("incidents")
            .valueStream()
            .map(incident -> incident.get("id").asString())
            .toList();
    return IntStream.range(0, rows)
        .mapToObj(
            i -> "f%d: incident(id: \"%s\") {title timeline {totalCount}}".formatted(i, ids.get(i)))
        .collect(Collectors.joining(" ", "{", "}"));
  }

  /**
   * 2,001 statements are beyond the complexity of an operation. A field of Query that can be
   * selected more often is read once for all of its aliases.
   */
  @TestFactory
  Stream<DynamicTest> aRootFieldCostsAsMuchAsItsStatement() {
    JsonNode incident = account(1).data("{incidents {nodes {id nodeId}}}").at("/incidents/nodes/0");
    JsonNode runbook = account(1).data("{runbooks {nodes {id}}}").at("/runbooks/nodes/0");
    String period = "from: \"2026-01-01T00:00:00Z\", to: \"2026-02-01T00:00:00Z\"";
    Map<String, String> selections =
        Map.ofEntries(
            Map.entry("incident", "(id: %s) {id}".formatted(incident.get("id"))),
            Map.entry("incidentByNumber", "(number: 1) {id}"),
            Map.entry("incidentByDedupKey", "(dedupKey: \"k\") {id}"),
            Map.entry("incidents", "(first: 1) {__typename}"),
            Map.entry("incidentMetrics", "(%s) {timeZone}".formatted(period)),
            Map.entry("incidentHeatmap", "(%s) {count}".formatted(period)),
            Map.entry("me", " {account}"),
            Map.entry("node", "(id: %s) {nodeId}".formatted(incident.get("nodeId"))),
            Map.entry("runbook", "(id: %s) {id}".formatted(runbook.get("id"))),
            Map.entry("runbooks", "(first: 1) {__typename}"),
            Map.entry("runbookExecution", "(id: %s) {id}".formatted(incident.get("id"))),
            Map.entry(
                "planRunbook",
                "(input: {runbookId: %s, incidentId: %s}) {runbookId}"
                    .formatted(runbook.get("id"), incident.get("id"))),
            Map.entry("stuckTriggerEvaluations", " {reason}"));
    return schema.getQueryType().getFieldDefinitions().stream()
        .map(GraphQLFieldDefinition::getName)
        .map(
            field ->
                DynamicTest.dynamicTest(
                    field,
                    () -> {
                      assertThat(selections).as("a selection of each field").containsKey(field);
                      assertCost(field + selections.get(field));
                    }));
  }

  private void assertCost(String selection) {
    Api api = account(1);
    assertThat(api.graphql(aliases(1, selection), "{}").text())
        .as("one of them")
        .doesNotContain("\"errors\"");
    String many = api.graphql(aliases(2_001, selection), "{}").text();
    if (!many.contains("maximum query complexity exceeded")) {
      assertThat(statements(1, aliases(50, selection)))
          .as("statements for 50 times %s", selection)
          .isLessThan(50);
    }
  }

  private static String aliases(int count, String selection) {
    return IntStream.range(0, count)
        .mapToObj(i -> "a%d: %s".formatted(i, selection))
        .collect(Collectors.joining(" ", "{", "}"));
  }

  @Test
  void aListOfRestIsOneStatementToo() {
    assertThat(rest(1)).isEqualTo(rest(5)).isEqualTo(rest(20)).isLessThanOrEqualTo(3);
  }

  private int rest(int rows) {
    return statementsOf(() -> account(rows).get("/api/v1/incidents?limit=200").expect(200));
  }

  @Test
  void whatIsCountedOnlyOnRequestIsNotCountedUnasked() {
    int without = statements(5, "{incidents {nodes {id} pageInfo {hasNextPage}}}");
    int with = statements(5, "{incidents {nodes {id} pageInfo {hasNextPage} totalCount}}");
    assertThat(with).as("statements with totalCount").isGreaterThan(without);
  }

  private int statements(int rows, String query) {
    return statementsOf(() -> account(rows).data(query));
  }

  /** The least of several, because the pool now and then asks whether a connection is alive. */
  private int statementsOf(Runnable request) {
    return IntStream.range(0, 5)
        .map(
            attempt -> {
              int before = counter.executed();
              request.run();
              return counter.executed() - before;
            })
        .min()
        .orElseThrow();
  }

  /** All that can be selected below a field without giving arguments. */
  private String below(GraphQLFieldDefinition field, int depth) {
    if (!(GraphQLTypeUtil.unwrapAll(field.getType()) instanceof GraphQLObjectType object)) {
      return "";
    }
    return object.getFieldDefinitions().stream()
        .filter(
            member ->
                member.getArguments().stream()
                    .noneMatch(argument -> argument.getType() instanceof GraphQLNonNull))
        .filter(
            member ->
                depth > 1
                    || !(GraphQLTypeUtil.unwrapAll(member.getType()) instanceof GraphQLObjectType))
        .map(
            member ->
                member.getName()
                    // The usual 20, of lists within lists, would cost more than a query may.
                    + (member.getArgument("first") == null ? "" : "(first: 5)")
                    + below(member, depth - 1))
        .collect(Collectors.joining(" ", " {", "}"));
  }
}
