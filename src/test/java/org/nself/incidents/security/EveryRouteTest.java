package org.nself.incidents.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Every REST route of the application, read from Spring so that new ones are tested too. */
@ExtendWith(RunningService.class)
class EveryRouteTest {

  private static final Set<String> OPEN =
      Set.of("/health", "/ready", "/metrics", "/openapi.json", "/openapi.yaml");

  /** A valid body for each route that reads one; a new route fails until it has one. */
  private static final Map<String, String> BODIES =
      Map.ofEntries(
          Map.entry("POST /api/v1/incidents", "{\"title\":\"Mine\"}"),
          Map.entry("PATCH /api/v1/incidents/{id}", "{\"title\":\"Taken over\"}"),
          Map.entry("POST /api/v1/incidents/{id}/merge", "{\"into\":1}"),
          Map.entry(
              "PUT /api/v1/incidents/{id}/milestones/{kind}",
              "{\"occurred_at\":\"2026-01-01T00:00:00Z\",\"reason\":\"Taken over\"}"),
          Map.entry("POST /api/v1/incidents/{id}/timeline", "{\"message\":\"Taken over\"}"),
          Map.entry(
              "POST /api/v1/runbooks",
              "{\"name\":\"Mine\",\"steps\":[{\"title\":\"Look\",\"kind\":\"manual\"}]}"),
          Map.entry(
              "PUT /api/v1/runbooks/{id}",
              "{\"name\":\"Mine\",\"steps\":[{\"title\":\"Look\",\"kind\":\"manual\"}]}"),
          Map.entry(
              "POST /api/v1/runbooks/apply",
              "{\"runbooks\":[{\"key\":\"mine\",\"name\":\"Mine\",\"steps\":[{\"title\":\"Look\",\"kind\":\"manual\"}]}]}"),
          Map.entry("PATCH /api/v1/runbooks/{id}", "{\"name\":\"Taken over\"}"),
          Map.entry("POST /api/v1/runbooks/{id}/executions", "{}"),
          Map.entry("POST /api/v1/runbooks/{id}/plan", "{}"),
          Map.entry("POST /api/v1/runbook-executions/{id}/cancel", "{}"),
          Map.entry("POST /api/v1/runbook-executions/{id}/retry", "{}"),
          Map.entry("POST /api/v1/incidents/{id}/trigger-evaluations/retry", "{}"),
          Map.entry("POST /api/v1/runbook-executions/{id}/steps/{key}/complete", "{}"),
          Map.entry("POST /api/v1/runbook-executions/{id}/steps/{key}/skip", "{}"),
          Map.entry("POST /api/v1/runbook-executions/{id}/steps/{key}/retry", "{}"),
          Map.entry(
              "POST /api/v1/runbook-executions/{id}/steps/{key}/decide",
              "{\"verdict\":\"approve\"}"),
          Map.entry("POST /incidents", "{\"title\":\"Mine\"}"),
          Map.entry("PATCH /incidents/{id}", "{\"title\":\"Taken over\"}"),
          Map.entry("POST /incidents/{id}/acknowledge", "{}"),
          Map.entry("POST /incidents/{id}/ack", "{}"),
          Map.entry("POST /incidents/{id}/resolve", "{}"));

  /** The query of the routes that require parameters. */
  private static final Map<String, String> QUERIES =
      Map.of(
          "/api/v1/metrics/incidents", "?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z",
          "/api/v1/metrics/incidents/counted", "?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z",
          "/api/v1/metrics/heatmap", "?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z");

  /** Writing routes that a responder may not use. */
  private static final Set<String> ADMINISTRATIVE =
      Set.of(
          "POST /api/v1/runbooks",
          "POST /api/v1/runbooks/apply",
          "PUT /api/v1/runbooks/{id}",
          "PATCH /api/v1/runbooks/{id}",
          "DELETE /api/v1/runbooks/{id}");

  private final Service service;

  EveryRouteTest(Service service) {
    this.service = service;
  }

  /**
   * A route.
   *
   * @param accept the media type it produces, which distinguishes routes with the same pattern;
   *     empty where it declares none
   */
  private record Route(String method, String pattern, String accept) {
    String name() {
      return accept.isEmpty() ? toString() : this + " for " + accept;
    }

    @Override
    public String toString() {
      return method + " " + pattern;
    }
  }

  private List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    for (RequestMappingInfo mapping :
        service
            .context()
            .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
            .getHandlerMethods()
            .keySet()) {
      String accept = MediaType.toString(mapping.getProducesCondition().getProducibleMediaTypes());
      for (String pattern : mapping.getPatternValues()) {
        for (RequestMethod method : mapping.getMethodsCondition().getMethods()) {
          // EveryFieldTest has those of GraphQL.
          if (!pattern.startsWith("/openapi.") && !pattern.equals("/graphql")) {
            routes.add(new Route(method.name(), pattern, accept));
          }
        }
      }
    }
    assertThat(routes)
        .extracting(Route::name)
        .contains(
            "PATCH /api/v1/incidents/{id} for application/json",
            "GET /api/v1/incidents for text/event-stream",
            "GET /health for application/json");
    return routes;
  }

  @TestFactory
  Stream<DynamicTest> letsNobodyInWithoutCredentials() {
    return each(
        route -> {
          Response response = call(service.with(Map.of()), route, "1");
          if (OPEN.contains(route.pattern())) {
            response.expect(200);
          } else {
            response.expect(401);
            assertThat(response.text("code")).isEqualTo("unauthenticated");
            assertThat(response.header("WWW-Authenticate")).isEqualTo("Bearer");
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> letsNobodyInWithAWrongToken() {
    return each(
        route -> {
          if (!OPEN.contains(route.pattern())) {
            call(service.with(Map.of("Authorization", "Bearer " + Service.TOKEN + "x")), route, "1")
                .expect(401);
            call(service.with(Map.of("X-Internal-Token", Service.TOKEN)), route, "1").expect(401);
            call(
                    service.with(
                        Map.of("X-Hasura-Admin-Secret", Service.TOKEN, "X-Hasura-Role", "admin")),
                    route,
                    "1")
                .expect(401);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> letsNoUnknownRoleDoAnything() {
    return each(
        route -> {
          if (!OPEN.contains(route.pattern())) {
            for (String role : List.of("anonymous", "nobody", "", "ADMIN; drop")) {
              call(service.as(Service.newAccount(), role), route, "1").expect(403);
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> letsEachRoleDoWhatItMayAndNoMore() {
    return each(
        route -> {
          if (OPEN.contains(route.pattern())) {
            return;
          }
          for (String role : List.of("viewer", "user", "responder", "admin", "service")) {
            String account = Service.newAccount();
            Api admin = service.as(account, "admin");
            String id = own(admin, route);
            Map<String, String> before = AccountRows.of(service, account);
            Response response = call(service.as(account, role), route, id);
            if (may(role, route)) {
              assertThat(response.status())
                  .as("%s as %s: %s", route, role, response.text())
                  .isLessThan(300);
              assertProduced(route, response);
            } else {
              response.expect(403);
              assertThat(response.text("code")).isEqualTo("forbidden");
              assertThat(AccountRows.of(service, account)).isEqualTo(before);
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> checksThePermissionBeforeItParsesTheBody() {
    return each(
        route -> {
          if (OPEN.contains(route.pattern()) || !BODIES.containsKey(name(route))) {
            return;
          }
          for (String role : List.of("viewer", "user")) {
            if (!may(role, route)) {
              Api caller = service.as(Service.newAccount(), role);
              for (String body : List.of("{\"no_such_field\":1}", "{\"title\":", "[]")) {
                Response response = call(caller, route, "1", body).expect(403);
                assertThat(response.text("code")).isEqualTo("forbidden");
              }
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> treatsWhatIsAnotherAccountsAsIfItDidNotExist() {
    return each(
        route -> {
          if (!route.pattern().contains("{")) {
            return;
          }
          String victim = Service.newAccount();
          String id = own(service.as(victim, "admin"), route);
          Map<String, String> before = AccountRows.of(service, victim);
          Api attacker = service.admin();
          // So that numbers such as "into": 1 refer to an object of the attacker's own.
          attacker.open("Mine");
          Response response = call(attacker, route, id).expect(404);
          assertThat(response.text("code")).isEqualTo("not_found");
          assertThat(response.text())
              .isEqualTo(call(attacker, route, java.util.UUID.randomUUID().toString()).text());
          assertThat(AccountRows.of(service, victim)).isEqualTo(before);
        });
  }

  /** Asserts that this route responded, not another one. */
  private static void assertProduced(Route route, Response response) {
    if (!route.accept().isEmpty()) {
      assertThat(String.valueOf(response.header("Content-Type")))
          .as("response of %s", route.name())
          .matches(type -> MediaType.valueOf(route.accept()).includes(MediaType.valueOf(type)));
    }
  }

  private static boolean may(String role, Route route) {
    if (route.method().equals("GET") || route.pattern().endsWith("/plan")) {
      return true;
    }
    return switch (role) {
      case "viewer" -> false;
      case "user", "responder" -> !ADMINISTRATIVE.contains(route.toString());
      default -> true;
    };
  }

  /** The id of an object of the account that fits the route. */
  private static String own(Api admin, Route route) {
    admin.open("Into");
    if (route.pattern().startsWith("/api/v1/runbooks/")) {
      return admin
          .post("/api/v1/runbooks", String.valueOf(BODIES.get("POST /api/v1/runbooks")))
          .expect(201)
          .text("id");
    }
    if (route.pattern().startsWith("/api/v1/runbook-executions/")) {
      return route.pattern().endsWith("/retry")
          ? Settled.failed(admin).execution()
          : Settled.waiting(admin).execution();
    }
    return admin.open("Secret");
  }

  /** The key of the route in {@link #BODIES}. */
  private static String name(Route route) {
    return route.toString().replaceFirst("/$", "");
  }

  private static Response call(Api api, Route route, String id) {
    boolean reads = Set.of("POST", "PUT", "PATCH").contains(route.method());
    @Nullable String body = BODIES.get(name(route));
    if (reads) {
      assertThat(body).as("a valid body for %s", route).isNotNull();
    }
    return call(api, route, id, reads ? body : null);
  }

  private static Response call(Api api, Route route, String id, @Nullable String body) {
    Api caller = route.accept().isEmpty() ? api : api.header("Accept", route.accept());
    return caller.send(
        route.method(),
        route
            .pattern()
            .replace("{id}", id)
            .replace("{kind}", "started")
            .replace("{key}", route.pattern().endsWith("/decide") ? Settled.APPROVAL : Settled.HAND)
            .concat(QUERIES.getOrDefault(route.pattern(), "")),
        body == null ? null : body.getBytes(StandardCharsets.UTF_8),
        body == null ? null : "application/json");
  }

  private Stream<DynamicTest> each(java.util.function.Consumer<Route> check) {
    return routes().stream()
        .map(route -> DynamicTest.dynamicTest(route.name(), () -> check.accept(route)));
  }
}
