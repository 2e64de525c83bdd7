package org.nself.incidents.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.outbound.OutboundFailure.Kind;

/** Redirects. */
class RedirectTest {

  private static final String OK = "HTTP/1.1 200 OK\nContent-Length: 2\n\nok";
  private static final Map<String, String> HEADERS =
      Map.of("Authorization", "Bearer x", "X-Key", "y");

  /** Redirects to the URL in the query. */
  private static RawServer redirecting(int status) throws IOException {
    return new RawServer(
        (head, _, out) -> {
          String target =
              head.substring(0, head.indexOf(" HTTP/")).replaceFirst("^[A-Z]+ /\\??", "");
          out.write(
              RawServer.bytes(
                  target.isEmpty()
                      ? OK
                      : "HTTP/1.1 %d X\nLocation: %s\nContent-Length: 0\n\n"
                          .formatted(status, target)));
        });
  }

  private static OutboundRequest call(String method, String url) {
    return new OutboundRequest("primary", method, url, HEADERS, null, Client.LONG);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void getAndHeadFollowAndKeepTheHeadersOnTheSameOrigin(int status) throws Exception {
    try (RawServer server = redirecting(status);
        OutboundHttp http = Client.unrestricted()) {
      assertThat(http.send(call("GET", server.url("/?/"))).body()).isEqualTo("ok");
      assertThat(http.send(call("HEAD", server.url("/?/"))).status()).isEqualTo(200);
      assertThat(server.heads())
          .hasSize(4)
          .allSatisfy(head -> assertThat(head).contains("Bearer x"));
    }
  }

  @Test
  void headersAreNotSentToAnotherOrigin() throws Exception {
    try (RawServer other = RawServer.answering(OK);
        RawServer server = redirecting(302);
        OutboundHttp http = Client.unrestricted()) {
      assertThat(http.send(call("GET", server.url("/?" + other.url("/")))).body()).isEqualTo("ok");
      assertThat(other.heads().getFirst())
          .doesNotContain("Authorization", "X-Key")
          .contains("Host: 127.0.0.1:" + other.port());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE"})
  void otherMethodsDoNotFollow(String method) throws Exception {
    try (RawServer server = redirecting(307);
        OutboundHttp http = Client.unrestricted()) {
      OutboundResponse response = http.send(call(method, server.url("/?/")));
      assertThat(response.status()).isEqualTo(307);
      assertThat(response.headers()).containsEntry("location", "/");
      assertThat(server.heads()).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "http://169.254.169.254/latest/meta-data/, metadata",
    "http://localhost:1/, loopback",
    "http://[::1]:1/, loopback",
    "file:///etc/passwd, must begin with",
    "http://user@127.0.0.1/, user name",
  })
  void eachRedirectIsCheckedAsTheFirstUrl(String location, String message) throws Exception {
    try (RawServer server = redirecting(302);
        OutboundHttp http = Client.guarded("127.0.0.1:" + server.port())) {
      OutboundFailure failure = Client.failure(http, call("GET", server.url("/?" + location)));
      assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
      assertThat(failure).hasMessageContaining(message);
    }
  }

  @Test
  void atMostThreeRedirectsAreFollowed() throws Exception {
    try (RawServer server = redirecting(302);
        OutboundHttp http = Client.unrestricted()) {
      assertThat(http.send(call("GET", server.url("/?/?/?/"))).body()).isEqualTo("ok");
      OutboundFailure failure = Client.failure(http, call("GET", server.url("/?/?/?/?/")));
      assertThat(failure.kind()).isEqualTo(Kind.CONNECTION_LOST);
      assertThat(failure).hasMessageContaining("more than 3 times");
    }
  }

  @Test
  void aRedirectWithoutLocationIsReturned() throws Exception {
    try (RawServer server = RawServer.answering("HTTP/1.1 302 X\nContent-Length: 0\n\n");
        OutboundHttp http = Client.unrestricted()) {
      assertThat(http.send(Client.get(server.url("/"))).status()).isEqualTo(302);
    }
  }
}
