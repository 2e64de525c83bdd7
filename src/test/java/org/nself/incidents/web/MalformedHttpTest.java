package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertNoLeak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Bytes that are no HTTP, or HTTP that no client library would send. */
@ExtendWith(RunningService.class)
class MalformedHttpTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Service service;
  private final String account = Service.newAccount();
  private final String headers;

  MalformedHttpTest(Service service) {
    this.service = service;
    this.headers =
        """
        Host: localhost
        Connection: close
        Authorization: Bearer %s
        X-Source-Account-Id: %s
        """
            .formatted(Service.TOKEN, account);
  }

  @TestFactory
  Stream<DynamicTest> whatIsNoHttpIsAnsweredInJson() {
    String get = "GET /api/v1/incidents HTTP/1.1\n" + headers;
    String post =
        "POST /api/v1/incidents HTTP/1.1\n" + headers + "Content-Type: application/json\n";
    return Map.ofEntries(
            Map.entry("no request line", "NONSENSE\n\n"),
            Map.entry("no host", "GET /health HTTP/1.1\nConnection: close\n\n"),
            Map.entry("two hosts", get + "Host: b\n\n"),
            Map.entry("a bad host", "GET /health HTTP/1.1\nHost: a b\nConnection: close\n\n"),
            Map.entry("a space in the path", get.replace("incidents", "inci dents") + "\n"),
            Map.entry("a control character", get.replace("incidents", "inci\u0001dents") + "\n"),
            Map.entry("unencoded UTF-8", get.replace("incidents", "incid\u00e9nts") + "\n"),
            Map.entry("unencoded braces", get.replace("incidents", "incidents?q={}") + "\n"),
            Map.entry("an encoded slash", get.replace("incidents", "incidents/a%2Fb") + "\n"),
            Map.entry("a broken encoding", get.replace("incidents", "incidents/%zz") + "\n"),
            Map.entry("half an encoding", get.replace("incidents", "incidents/%") + "\n"),
            Map.entry("a NUL in the path", get.replace("incidents", "incidents/%00") + "\n"),
            Map.entry("no UTF-8 in the path", get.replace("incidents", "incidents/%ff") + "\n"),
            Map.entry("above the root", get.replace("/api", "/../api") + "\n"),
            Map.entry("above the root, encoded", get.replace("/api", "/%2e%2e/api") + "\n"),
            Map.entry("another's absolute path", get.replace("/api", "http://else/api") + "\n"),
            Map.entry("a header without a colon", get + "Nonsense\n\n"),
            Map.entry("a header name with a space", get + "Bad Header: x\n\n"),
            Map.entry("a NUL in a header", get + "X-Note: a\u0000b\n\n"),
            Map.entry("a header of 33 KiB", get + "X-Note: " + "a".repeat(33_000) + "\n\n"),
            Map.entry("a header of 64 KiB", get + "X-Note: " + "a".repeat(65_536) + "\n\n"),
            Map.entry("200 headers", get + "X-Note: a\n".repeat(200) + "\n"),
            Map.entry("a path of 40,000", get.replace("incidents", "a".repeat(40_000)) + "\n"),
            Map.entry("a method of brackets", get.replace("GET", "G[]T") + "\n"),
            Map.entry("a method that is for proxies", get.replace("GET", "CONNECT") + "\n"),
            Map.entry("version 9.9", get.replace("HTTP/1.1", "HTTP/9.9") + "\n"),
            Map.entry("a length that is none", post + "Content-Length: x\n\n{}"),
            Map.entry("a negative length", post + "Content-Length: -1\n\n{}"),
            Map.entry("an endless length", post + "Content-Length: " + "9".repeat(30) + "\n\n{}"),
            Map.entry("two lengths", post + "Content-Length: 2\nContent-Length: 3\n\n{}"),
            Map.entry("an unknown coding", post + "Transfer-Encoding: magic\n\n{}"),
            Map.entry("a broken chunk", post + "Transfer-Encoding: chunked\n\nZZ\n{}\n0\n\n"),
            Map.entry("an unknown expectation", post + "Expect: magic\nContent-Length: 2\n\n{}"))
        .entrySet()
        .stream()
        .map(
            request ->
                DynamicTest.dynamicTest(
                    request.getKey(),
                    () -> {
                      RawResponse answer = exchange(request.getValue());
                      assertThat(answer.status()).isBetween(400, 599).isNotEqualTo(500);
                      assertThat(answer.head()).contains("Content-Type: application/problem+json");
                      assertThat(answer.body().at("/status").asInt()).isEqualTo(answer.status());
                      assertThat(answer.body().at("/code").asString()).isEqualTo("invalid");
                      assertThat(answer.body().at("/error")).isEqualTo(answer.body().at("/detail"));
                      assertThat(answer.head()).doesNotContainIgnoringCase("Server:");
                      assertNoLeak(answer.body().toString());
                    }));
  }

  @Test
  void aUrlAndHeadersThatAreTooLongHaveAStatusOfTheirOwn() {
    String get = "GET /api/v1/incidents HTTP/1.1\n" + headers;
    assertThat(exchange(get.replace("incidents", "a".repeat(40_000)) + "\n").status())
        .isEqualTo(414);
    RawResponse query =
        exchange(get.replace("incidents", "incidents?q=" + "a".repeat(40_000)) + "\n");
    assertThat(query.status()).isEqualTo(414);
    assertThat(query.body().at("/detail").asString()).contains("URL is too long", "32 KiB");
    assertThat(exchange(get + "X-Note: " + "a".repeat(33_000) + "\n\n").status()).isEqualTo(431);
  }

  @Test
  void aBodyThatGrowsBeyondOneMebibyteInChunksIsTooLarge() {
    for (String path : new String[] {"/api/v1/incidents", "/graphql"}) {
      RawResponse answer =
          exchange(
              "POST "
                  + path
                  + " HTTP/1.1\n"
                  + headers
                  + "Content-Type: application/json\nTransfer-Encoding: chunked\n\n"
                  + ("8000\n" + " ".repeat(0x8000) + "\n").repeat(33)
                  + "0\n\n");
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.body().toString()).contains("too_large");
    }
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }

  @Test
  void aChunkedBodyIsReadAsAnyOther() {
    RawResponse answer =
        exchange(
            "POST /api/v1/incidents HTTP/1.1\n"
                + headers
                + "Content-Type: application/json\nTransfer-Encoding: chunked\n\n"
                + "8\n{\"title\"\n4\n:\"a\"\n1\n}\n0\n\n");
    assertThat(answer.status()).isEqualTo(201);
  }

  @Test
  void aBodyThatEndsEarlyWritesNothing() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
      socket
          .getOutputStream()
          .write(
              bytes(
                  "POST /api/v1/incidents HTTP/1.1\n"
                      + headers
                      + "Content-Type: application/json\nContent-Length: 20\n\n{\"title\":\"a\"}"));
      socket.shutdownOutput();
      String rest = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(rest).doesNotContain("HTTP/1.1 2");
      assertNoLeak(rest);
    }
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }

  @Test
  void aTraceDoesNotEchoTheCredentials() {
    RawResponse answer = exchange("TRACE /api/v1/incidents HTTP/1.1\n" + headers + "\n");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.head() + answer.body()).doesNotContain(Service.TOKEN);
  }

  private record RawResponse(int status, String head, JsonNode body) {}

  private RawResponse exchange(String request) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(bytes(request));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 ");
      int end = answer.indexOf("\r\n\r\n");
      String body = answer.substring(end + 4);
      if (body.contains("\r\n")) {
        body = body.substring(body.indexOf('{'), body.lastIndexOf('}') + 1);
      }
      return new RawResponse(
          Integer.parseInt(answer.substring(9, 12)), answer.substring(0, end), JSON.readTree(body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With the line ends of HTTP. */
  private static byte[] bytes(String request) {
    return request.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }
}
