package org.nself.incidents.database;

import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/**
 * The service with a login role that is subject to row-level security. A superuser's would hide a
 * statement that runs without role and account; with this one it fails.
 */
class RestrictedLoginTest {

  /** More executions than the driver needs to prepare and describe a statement on the server. */
  private static final int TIMES = 8;

  @Test
  void everyRequestHasItsRoleAndAccountAlsoAsAPreparedStatement() throws Exception {
    try (TestPostgres postgres = TestPostgres.embedded();
        Service service = Service.start(plain(postgres), Map.of("DATABASE_POOL_SIZE", "1"))) {
      Api api = service.admin();
      String incident = "/api/v1/incidents/" + api.open("Checkout is down");
      repeat(() -> api.post("/api/v1/incidents", "{\"title\":\"Another\"}").expect(201));
      repeat(() -> api.post(incident + "/timeline", "{\"message\":\"Again\"}").expect(201));
      repeat(() -> api.patch(incident, "{\"owner\":\"ana\"}").expect(200));
      repeat(() -> api.patch(incident, "{\"owner\":null,\"severity\":\"high\"}").expect(200));
      repeat(
          () ->
              api.header("Idempotency-Key", "the same")
                  .post(incident + "/timeline", "{\"message\":\"Once\"}")
                  .expect(201));
      repeat(
          () ->
              api.post(
                      "/api/v1/runbooks",
                      "{\"name\":\"Restart\",\"steps\":[{\"title\":\"Do"
                          + " it\",\"kind\":\"manual\"}]}")
                  .expect(201));
      repeat(() -> api.get(incident).expect(200));
      repeat(() -> api.get("/api/v1/incidents?status=open&q=check").expect(200));
      repeat(() -> api.data("{ incidents(first: 5) { nodes { timeline { nodes { seq } } } } }"));
    }
  }

  private static String plain(TestPostgres postgres) {
    postgres.execute("postgres", "create role plain login createrole password 'plain'");
    postgres.execute("postgres", "create database plain owner plain");
    return postgres.url("plain").replaceFirst("//[^@]*@", "//plain:plain@");
  }

  private static void repeat(Callable<?> request) throws Exception {
    for (int i = 0; i < TIMES; i++) {
      request.call();
    }
  }
}
