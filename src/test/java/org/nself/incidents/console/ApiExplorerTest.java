package org.nself.incidents.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** Swagger UI and GraphiQL. */
@ExtendWith(RunningService.class)
class ApiExplorerTest {

  private static final Pattern REFERENCE = Pattern.compile(" (?:src|href)=\"([^\"]+)\"");

  private final Service service;

  ApiExplorerTest(Service service) {
    this.service = service;
  }

  @Test
  void theyAreOffUnlessAskedFor() {
    for (String path : List.of("/console/swagger-ui/", "/console/graphiql/bundle.js")) {
      service.with(Map.of()).get(path).expect(401);
      service.admin().get(path).expect(404);
    }
  }

  @Test
  void theyComeWithAllTheirFiles(TestPostgres postgres) {
    try (Service explored =
        Service.start(postgres.createDatabase(), Map.of("API_EXPLORER", "true"))) {
      Api nobody = explored.with(Map.of());
      for (String page : List.of("/console/swagger-ui", "/console/graphiql")) {
        Response moved = nobody.get(page).expect(301);
        assertThat("/console/" + moved.header("Location")).isEqualTo(page + "/");
        Response shown = nobody.get(page + "/").expect(200);
        assertThat(shown.header("Content-Security-Policy"))
            .contains("default-src 'none'; script-src 'self';", "frame-ancestors 'none'")
            .doesNotContain("unsafe-eval", "http:", "https:", "*");
        List<String> files =
            REFERENCE
                .matcher(shown.text())
                .results()
                .map(found -> found.group(1))
                .filter(file -> !file.startsWith("data:"))
                .toList();
        assertThat(files).hasSizeGreaterThanOrEqualTo(3).noneMatch(file -> file.contains("/"));
        for (String file : files) {
          Response content = nobody.get(page + "/" + file).expect(200);
          assertThat(content.text()).as(file).hasSizeGreaterThan(20);
          assertThat(content.header("Content-Type"))
              .startsWith(file.endsWith(".js") ? "text/javascript" : "text/css");
          assertThat(content.header("Cache-Control")).isEqualTo("no-cache");
        }
        explored.admin().get(page + "/../../application.properties").expect(404);
      }
      nobody.get("/api/v1/incidents").expect(401);
    }
  }
}
