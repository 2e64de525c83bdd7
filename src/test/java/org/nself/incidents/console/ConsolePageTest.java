package org.nself.incidents.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** The console's page for browsers, beside what the same paths are for programs. */
@ExtendWith(RunningService.class)
class ConsolePageTest {

  private static final String CHROME =
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

  private static final Pattern REFERENCE =
      Pattern.compile(" (?:src|href)=\"(?<up>(?:\\.\\./)*)(?<path>console/[0-9a-f]{16}/[a-z.]+)\"");

  private final Service service;
  private final Api browser;

  ConsolePageTest(Service service) {
    this.service = service;
    this.browser = service.with(Map.of("Accept", CHROME));
  }

  @ParameterizedTest
  @CsvSource({
    "/, 0",
    "/incidents, 0",
    "/incidents/, 1",
    "/incidents/42, 1",
    "/incidents/42/, 2",
    "/incidents?status=open&q=%23, 0",
    "/runbooks, 0",
    "/runbooks/01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a51/edit, 2",
    "/executions/01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a51, 1",
    "/insights, 0",
  })
  void aBrowserGetsThePageWithoutCredentials(String path, int depth) {
    Response page = browser.get(path).expect(200);
    assertThat(page.header("Content-Type")).isEqualTo("text/html;charset=utf-8");
    assertThat(page.header("Vary")).isEqualTo("Accept, Accept-Encoding");
    List<String> ups =
        REFERENCE.matcher(page.text()).results().map(found -> found.group("up")).toList();
    assertThat(ups).as("references in %s", page.text()).hasSizeGreaterThanOrEqualTo(2);
    assertThat(ups).allMatch(up -> up.equals("../".repeat(depth)));
    assertThat(page.text()).doesNotContain("src=\"/", "href=\"/", "http:", "https:");
  }

  @Test
  void thePageHasItsHeaders() {
    Response page = browser.get("/incidents").expect(200);
    assertThat(page.header("Content-Security-Policy"))
        .isEqualTo(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                + " connect-src 'self'; require-trusted-types-for 'script'; frame-ancestors"
                + " 'none'");
    assertThat(page.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(page.header("Cache-Control")).isEqualTo("no-cache");
    assertThat(page.header("Referrer-Policy")).isEqualTo("same-origin");
    String tag = String.valueOf(page.header("ETag"));
    Response kept = browser.header("If-None-Match", tag).get("/incidents").expect(304);
    assertThat(kept.text()).isEmpty();
    assertThat(kept.header("Vary")).isEqualTo("Accept, Accept-Encoding");
    assertThat(kept.header("Cache-Control")).isEqualTo("no-cache");
  }

  @Test
  void aProgramGetsWhatItGotBefore() {
    Api admin = service.admin();
    admin.open("For programs");
    for (String accept : List.of("*/*", "application/json", "application/json, text/plain, */*")) {
      Api program = admin.header("Accept", accept);
      for (String path : List.of("/incidents", "/incidents/", "/incidents/1")) {
        Response answer = program.get(path).expect(200);
        assertThat(answer.text()).contains("For programs");
        assertThat(answer.header("Vary")).isEqualTo("Accept, Accept-Encoding");
      }
      program.get("/runbooks").expect(404);
      service.with(Map.of("Accept", accept)).get("/incidents").expect(401);
      service.with(Map.of("Accept", accept)).get("/").expect(401);
    }
    assertThat(admin.get("/incidents").expect(200).text("incidents/0/title"))
        .isEqualTo("For programs");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/incidents",
        "/graphql",
        "/metrics",
        "/auth/verify",
        "/nothing",
        "/incidents/1/2",
        "/incidents/%3cscript%3e",
        "/incidents//1",
        "/insights/a/b/c",
        "/console",
        "/console/",
        "/console/index.html",
        "/console/0123456789abcdef/app.js",
        "/console/../application.properties",
      })
  void noOtherPathIsAPage(String path) {
    Response answer = browser.get(path);
    assertThat(answer.text()).doesNotContain("<html", "<script");
    assertThat(answer.header("Content-Type")).doesNotContain("html");
  }

  @Test
  void onlyReadingGetsThePage() {
    Response posted =
        service.admin().header("Accept", CHROME).post("/incidents", "{\"title\":\"Posted\"}");
    assertThat(posted.expect(201).text("title")).isEqualTo("Posted");
    assertThat(browser.post("/incidents", "{\"title\":\"Nobody's\"}").expect(401).text("code"))
        .isEqualTo("unauthenticated");
    Response head = browser.send("HEAD", "/incidents", null, null).expect(200);
    assertThat(head.text()).isEmpty();
  }

  @Test
  void filesAreKeptForEverAndCompressed() {
    Matcher found = REFERENCE.matcher(browser.get("/").text());
    int files = 0;
    while (found.find()) {
      files++;
      String path = "/" + found.group("path");
      Api nobody = service.with(Map.of());
      Response plain = nobody.get(path).expect(200);
      assertThat(plain.header("Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
      assertThat(plain.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(plain.header("Content-Encoding")).isNull();
      assertThat(plain.header("Content-Type"))
          .isEqualTo(
              path.endsWith(".js")
                  ? "text/javascript;charset=utf-8"
                  : path.endsWith(".css") ? "text/css;charset=utf-8" : "image/svg+xml");
      for (String accept : List.of("gzip", "br, gzip;q=0.5", "GZIP", "deflate,gzip;q=1.0")) {
        Response gzip = nobody.header("Accept-Encoding", accept).get(path).expect(200);
        if (gzip.header("Content-Encoding") != null) {
          assertThat(gzip.header("Content-Encoding")).isEqualTo("gzip");
          assertThat(gzip.header("Vary")).isEqualTo("Accept-Encoding");
          assertThat(gzip.header("ETag")).isNotEqualTo(plain.header("ETag"));
          nobody
              .header("Accept-Encoding", accept)
              .header("If-None-Match", String.valueOf(gzip.header("ETag")))
              .get(path)
              .expect(304);
        }
      }
      for (String accept : List.of("identity", "gzip;q=0", "gzip;q=0.000", "br")) {
        assertThat(nobody.header("Accept-Encoding", accept).get(path).header("Content-Encoding"))
            .as(accept)
            .isNull();
      }
      nobody.get(path.replaceFirst("[0-9a-f]{16}", "0123456789abcdef")).expect(401);
    }
    assertThat(files).isGreaterThanOrEqualTo(2);
  }

  @Test
  void thePageIsToldWhereToSignIn(TestPostgres postgres) {
    Response none = service.with(Map.of()).get("/console/config").expect(200);
    assertThat(none.at("sign_in_url").isNull()).isTrue();
    assertThat(none.at("try_out").asBoolean()).isFalse();
    assertThat(none.at("api_explorer").asBoolean()).isFalse();
    assertThat(none.text("build")).matches("[0-9a-f]{16}");
    try (Service other =
        Service.start(
            postgres.createDatabase(),
            Map.of("CONSOLE_SIGN_IN_URL", "https://auth.example.com/login?client=console"))) {
      assertThat(other.with(Map.of()).get("/console/config").text("sign_in_url"))
          .isEqualTo("https://auth.example.com/login?client=console");
    }
  }
}
