package org.nself.incidents.console;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.TimelineBackdater;
import org.nself.incidents.database.TimelineBackdater.BackdatedEvent;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.security.Role;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.error.ApiException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Fills an account of the try-out with examples, by the GraphQL API as different people. Only the
 * times of what is over are written by other means, because the API records everything at the
 * present.
 */
final class DemoAccount {

  private static final String RUNBOOKS =
      "query ($input: RunbookFilter!) { result: runbooks(filter: $input) { nodes { key } } }";
  private static final String CREATE_RUNBOOK =
      "mutation ($input: CreateRunbookInput!) { result: createRunbook(input: $input) { id } }";
  private static final String START =
      "mutation ($input: StartRunbookInput!) { result: startRunbook(input: $input) { id } }";
  private static final String EXECUTION =
      "query ($id: UUID!) { result: runbookExecution(id: $id) { steps { key status } } }";
  private static final String COMPLETE =
      "mutation ($input: CompleteRunbookStepInput!) { result: completeRunbookStep(input: $input) {"
          + " id } }";
  private static final String DECIDE =
      "mutation ($input: DecideRunbookApprovalInput!) { result: decideRunbookApproval(input:"
          + " $input) { id } }";

  private static final Duration MAX_WAIT = Duration.ofSeconds(20);

  private final Settings settings;
  private final GraphQlClient graphql;
  private final TimelineBackdater backdater;
  private final JsonMapper mapper;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();

  DemoAccount(
      Settings settings,
      GraphQlClient graphql,
      TimelineBackdater backdater,
      JsonMapper mapper,
      Clock clock) {
    this.settings = settings;
    this.graphql = graphql;
    this.backdater = backdater;
    this.mapper = mapper;
    this.clock = clock;
  }

  /**
   * What was done.
   *
   * @param filled false where the account has the examples already
   * @param incidents how many were opened
   */
  record Filled(boolean filled, int incidents) {}

  /** An example in the database. */
  private record Opened(UUID id, DemoIncident incident) {}

  /**
   * Fills the caller's account, which takes some seconds; once only.
   *
   * @throws ApiException {@code not_found} outside of the try-out; {@code forbidden} unless the
   *     caller may define runbooks
   */
  Filled fill(Caller caller) {
    if (!settings.console().isTryOut()) {
      throw ApiException.notFound("Demo account");
    }
    caller.requirePermission(Permission.ADMINISTER);
    lock.lock();
    try {
      DemoScript script = new DemoScript(mapper);
      List<JsonNode> runbooks = script.runbooks();
      List<String> keys = runbooks.stream().map(runbook -> runbook.get("key").asString()).toList();
      if (!graphql.result(caller, RUNBOOKS, input(Map.of("key", keys))).get("nodes").isEmpty()) {
        return new Filled(false, 0);
      }
      Instant now = clock.instant();
      List<Opened> opened = new ArrayList<>();
      script.finished(now).forEach(incident -> opened.add(open(caller.account(), incident)));
      List<Opened> current =
          script.current(now).stream().map(incident -> open(caller.account(), incident)).toList();
      opened.addAll(current);
      moveToThePast(caller.account(), opened);
      Map<String, String> ids = new HashMap<>();
      for (JsonNode runbook : runbooks) {
        ids.put(runbook.get("key").asString(), create(person(caller.account(), "ana"), runbook));
      }
      execute(caller.account(), ids, current);
      return new Filled(true, opened.size());
    } finally {
      lock.unlock();
    }
  }

  private static Caller person(String account, String actor) {
    return new Caller(account, Role.ADMIN, actor);
  }

  private static Map<String, @Nullable Object> input(Map<String, @Nullable Object> input) {
    return Map.of("input", input);
  }

  private Opened open(String account, DemoIncident incident) {
    JsonNode opened =
        graphql.result(
            person(account, incident.openedBy()), DemoIncident.OPEN, input(incident.input()));
    UUID id = UUID.fromString(opened.get("id").asString());
    for (DemoIncident.Action action : incident.actions().subList(1, incident.actions().size())) {
      Map<String, @Nullable Object> input = new HashMap<>(action.input());
      input.put(action.idField(), id.toString());
      graphql.result(person(account, action.actor()), action.document(), input(input));
    }
    return new Opened(id, incident);
  }

  /** Each action has appended one event. */
  private void moveToThePast(String account, List<Opened> opened) {
    List<BackdatedEvent> events = new ArrayList<>();
    for (Opened incident : opened) {
      List<DemoIncident.Action> actions = incident.incident().actions();
      for (int i = 0; i < actions.size(); i++) {
        events.add(new BackdatedEvent(incident.id(), i + 1, actions.get(i).at()));
      }
    }
    backdater.backdate(account, events);
  }

  private String create(Caller caller, JsonNode runbook) {
    @SuppressWarnings("unchecked")
    Map<String, @Nullable Object> definition = mapper.convertValue(runbook, Map.class);
    return graphql.result(caller, CREATE_RUNBOOK, input(definition)).get("id").asString();
  }

  /** Leaves one execution that waits for an approval, one for a time, one for a person. */
  private void execute(String account, Map<String, String> runbooks, List<Opened> current) {
    Caller ana = person(account, "ana");
    String rollback =
        start(
            ana,
            runbooks.get("roll-back-service"),
            incident(current, "Checkout answers 5xx"),
            Map.of("service", "checkout", "version", "4.17.2"));
    complete(ana, rollback, "look", "Errors began two minutes after 4.18.0.");
    awaitWaiting(ana, rollback, "approve");
    graphql.result(
        person(account, "ben"),
        DECIDE,
        input(
            Map.of(
                "executionId",
                rollback,
                "step",
                "approve",
                "verdict",
                "APPROVE",
                "reason",
                "The graphs agree.")));
    Caller emeka = person(account, "emeka");
    String major =
        start(
            emeka,
            runbooks.get("major-incident"),
            incident(current, "Event ingestion drops messages"),
            Map.of());
    complete(emeka, major, "lead", "Emeka leads.");
    complete(person(account, "grace"), major, "status_page", null);
    complete(person(account, "grace"), major, "support", null);
    Caller fatima = person(account, "fatima");
    String renewal =
        start(
            fatima,
            runbooks.get("renew-certificate"),
            incident(current, "Certificate of api.example.com expires in 3 days"),
            Map.of("host", "api.example.com"));
    complete(fatima, renewal, "inspect", "All names are needed.");
  }

  private static UUID incident(List<Opened> opened, String title) {
    return opened.stream()
        .filter(example -> title.equals(example.incident().input().get("title")))
        .findFirst()
        .orElseThrow()
        .id();
  }

  private String start(
      Caller caller, @Nullable String runbook, UUID incident, Map<String, Object> inputs) {
    return graphql
        .result(
            caller,
            START,
            input(
                Map.of(
                    "runbookId",
                    String.valueOf(runbook),
                    "incidentId",
                    incident.toString(),
                    "inputs",
                    inputs)))
        .get("id")
        .asString();
  }

  private void complete(Caller caller, String execution, String step, @Nullable String note) {
    awaitWaiting(caller, execution, step);
    Map<String, @Nullable Object> input = new HashMap<>();
    input.put("executionId", execution);
    input.put("step", step);
    input.put("note", note);
    graphql.result(caller, COMPLETE, input(input));
  }

  /** A worker starts steps a moment after the execution. */
  private void awaitWaiting(Caller caller, String execution, String step) {
    long deadline = System.nanoTime() + MAX_WAIT.toNanos();
    while (graphql
        .result(caller, EXECUTION, Map.of("id", execution))
        .get("steps")
        .valueStream()
        .noneMatch(
            candidate ->
                candidate.get("key").asString().equals(step)
                    && candidate.get("status").asString().equals("WAITING"))) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("The step " + step + " did not start");
      }
      try {
        // Polls as a client of the API does: an execution announces nothing to a caller.
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
