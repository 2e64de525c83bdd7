package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** gzip of responses and of the bodies of requests. */
@ExtendWith(RunningService.class)
class CompressionTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  CompressionTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
  }

  private HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api.url() + path));
    api.headers().forEach(request::header);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
  }

  private static String unzip(byte[] bytes) throws IOException {
    return new String(
        new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes(),
        StandardCharsets.UTF_8);
  }

  private static byte[] zip(byte[] bytes) {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return zipped.toByteArray();
  }

  private Response post(String path, byte[] body, String coding) {
    return api.header("Content-Encoding", coding).send("POST", path, body, "application/json");
  }

  private static byte[] json(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aClientThatAsksForItGetsGzip() throws Exception {
    for (int i = 0; i < 5; i++) {
      api.open("A title that is repeated " + i);
    }
    for (String path :
        new String[] {
          "/api/v1/incidents",
          "/graphql?query=%7Bincidents%7Bnodes%7Bid%20title%20labels%20availableTransitions%20"
              + "timeline%7Bnodes%7Bid%20message%20hash%7D%7D%7D%7D%7D",
          "/openapi.json"
        }) {
      HttpResponse<byte[]> plain = get(path);
      HttpResponse<byte[]> zipped = get(path, "Accept-Encoding", "gzip, deflate, br");
      assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
      assertThat(zipped.headers().firstValue("Content-Encoding")).as(path).hasValue("gzip");
      assertThat(zipped.body().length).isLessThan(plain.body().length / 2);
      assertThat(unzip(zipped.body())).isEqualTo(new String(plain.body(), StandardCharsets.UTF_8));
      for (HttpResponse<byte[]> response : Arrays.asList(plain, zipped)) {
        assertThat(String.join(",", response.headers().allValues("Vary")).toLowerCase(Locale.ROOT))
            .contains("accept-encoding");
        assertThat(response.headers().firstValue("Cache-Control")).isPresent();
      }
    }
  }

  @Test
  void whatIsRefusedByTheClientOrSmallIsNotCompressed() throws Exception {
    for (String coding : new String[] {"identity", "br", "gzip;q=0"}) {
      assertThat(
              get("/openapi.json", "Accept-Encoding", coding)
                  .headers()
                  .firstValue("Content-Encoding"))
          .as(coding)
          .isEmpty();
    }
    assertThat(
            get("/api/v1/me", "Accept-Encoding", "gzip").headers().firstValue("Content-Encoding"))
        .isEmpty();
  }

  @Test
  void anEntityTagIsWeakWhereItsResponseIsCompressed() throws Exception {
    String path = "/api/v1/incidents/" + api.open("Tagged");
    for (int i = 0; i < 5; i++) {
      api.post(path + "/timeline", "{\"message\":\"" + "m".repeat(300) + "\"}").expect(201);
    }
    HttpResponse<byte[]> zipped = get(path, "Accept-Encoding", "gzip");
    assertThat(zipped.headers().firstValue("Content-Encoding")).hasValue("gzip");
    String tag = zipped.headers().firstValue("ETag").orElseThrow();
    assertThat(tag).startsWith("W/\"");
    assertThat(api.get(path).header("ETag")).isEqualTo(tag.substring(2));
    api.header("If-None-Match", tag).get(path).expect(304);
    api.header("If-Match", tag).patch(path, "{\"title\":\"Changed\"}").expect(200);
    api.header("If-Match", tag).patch(path, "{\"title\":\"Lost\"}").expect(412);
  }

  @Test
  void anEventStreamIsNotCompressed() throws Exception {
    assertThat(
            api.header("Accept", "text/event-stream")
                .header("Accept-Encoding", "gzip")
                .get("/api/v1/incidents")
                .expect(200)
                .header("Content-Encoding"))
        .isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "x-gzip", "GZIP"})
  void aBodyMayBeCompressed(String coding) {
    byte[] body = zip(json("{\"title\":\"Zipped\",\"summary\":\"" + "s".repeat(5_000) + "\"}"));
    assertThat(post("/api/v1/incidents", body, coding).expect(201).text("title"))
        .isEqualTo("Zipped");
    byte[] query = zip(json("{\"query\":\"{__typename}\"}"));
    assertThat(post("/graphql", query, coding).expect(200).text("data/__typename"))
        .isEqualTo("Query");
  }

  @Test
  void aBodyMaySayThatItIsNotCompressed() {
    post("/api/v1/incidents", json("{\"title\":\"Plain\"}"), "identity").expect(201);
  }

  @Test
  void aBodyThatGrowsBeyondOneMebibyteIsTooLarge() {
    byte[] bomb = zip(new byte[64 << 20]);
    assertThat(bomb.length).isLessThan(100_000);
    for (String path : new String[] {"/api/v1/incidents", "/graphql", "/incidents"}) {
      Response refused = post(path, bomb, "gzip").expect(413);
      assertThat(refused.text()).contains("too_large");
    }
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"br", "deflate", "zstd", "gzip, gzip", "nonsense"})
  void anotherCodingIsNotSupported(String coding) {
    for (String path : new String[] {"/api/v1/incidents", "/graphql"}) {
      Response refused = post(path, json("{\"title\":\"Odd\"}"), coding).expect(415);
      assertThat(refused.header("Accept-Encoding")).isEqualTo("gzip");
      assertThat(refused.text()).contains("unsupported_media_type", "send gzip");
    }
  }

  @Test
  void whatIsNotGzipIsMalformed() {
    byte[] whole = zip(json("{\"title\":\"Cut\"}"));
    for (byte[] body :
        new byte[][] {json("{\"title\":\"Plain\"}"), Arrays.copyOf(whole, whole.length - 9)}) {
      for (String path : new String[] {"/api/v1/incidents", "/graphql"}) {
        Response refused = post(path, body, "gzip").expect(400);
        assertThat(refused.text()).contains("not valid gzip");
      }
    }
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }
}
