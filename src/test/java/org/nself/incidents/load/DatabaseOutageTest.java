package org.nself.incidents.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.OwnPostgres;
import org.nself.incidents.testing.Service;

@Isolated("It loads the machine.")
class DatabaseOutageTest {

  private record TimedResponse(long asked, Response response, double seconds) {}

  @Test
  void duringADatabaseOutageEveryResponseIs503AndTheServiceRecovers(@TempDir Path directory) {
    try (OwnPostgres postgres = OwnPostgres.start(directory);
        Service service = Service.start(postgres.url(), Map.of());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Api api = service.admin();
      api.open("Before");
      AtomicBoolean load = new AtomicBoolean(true);
      ConcurrentLinkedQueue<TimedResponse> answers = new ConcurrentLinkedQueue<>();
      for (int i = 0; i < 16; i++) {
        boolean writes = i % 2 == 0;
        threads.execute(
            () -> {
              while (load.get()) {
                long start = System.nanoTime();
                Response response =
                    writes
                        ? api.post("/api/v1/incidents", "{\"title\":\"Under load\"}")
                        : api.get("/api/v1/incidents");
                answers.add(new TimedResponse(start, response, (System.nanoTime() - start) / 1e9));
              }
            });
      }
      Eventually.until(Duration.ofSeconds(30), "load", () -> answers.size() > 200);
      postgres.stop();
      long stopped = System.nanoTime();
      int before = answers.size();
      Eventually.until(
          Duration.ofSeconds(30), "answers during the outage", () -> answers.size() > before + 500);
      List<TimedResponse> during =
          answers.stream().filter(answer -> answer.asked() - stopped > 0).toList();
      assertThat(api.get("/health").expect(503).text("status")).isEqualTo("degraded");
      assertThat(api.get("/ready").expect(503).at("ready").asBoolean()).isFalse();
      Response graphql = api.graphql("{ incidents { nodes { id } } }", "{}").expect(200);
      assertThat(graphql.text("errors/0/extensions/code")).isEqualTo("unavailable");

      postgres.startAgain();
      Eventually.until(Duration.ofSeconds(20), "recovery", () -> api.get("/ready").status() == 200);
      api.open("After");
      load.set(false);

      assertThat(during).extracting(answer -> answer.response().status()).containsOnly(503);
      assertThat(during)
          .allSatisfy(
              answer -> {
                assertThat(answer.response().header("Content-Type"))
                    .isEqualTo("application/problem+json");
                assertThat(answer.response().text("code")).isEqualTo("unavailable");
                assertThat(answer.response().header("Retry-After")).isEqualTo("1");
                assertThat(answer.response().text())
                    .doesNotContainIgnoringCase("sql")
                    .doesNotContain("Exception");
              });
      double slowest = during.stream().mapToDouble(TimedResponse::seconds).max().orElseThrow();
      assertThat(slowest).as("the slowest answer during the outage").isLessThan(3);
      assertThat(api.get("/health").expect(200).text("status")).isEqualTo("ok");
      System.out.printf(
          "PostgreSQL stopped under load: %d answers, all 503 problem+json, the slowest after %.2f"
              + " s; recovered%n",
          during.size(), slowest);
    }
  }
}
