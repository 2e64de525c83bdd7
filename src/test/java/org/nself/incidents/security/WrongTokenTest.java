package org.nself.incidents.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.HasuraTokens;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WrongTokenTest {

  private static final String LIST = "/api/v1/incidents";
  private static final int LIMIT = 5;

  private final Service service;

  WrongTokenTest(TestPostgres postgres) {
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "HASURA_GRAPHQL_JWT_SECRET",
                HasuraTokens.configuration(),
                "MAX_WRONG_TOKENS",
                String.valueOf(LIMIT),
                "TRUSTED_PROXIES",
                "127.0.0.1"));
  }

  @AfterAll
  void stop() {
    service.close();
  }

  /** A client behind a trusted proxy. */
  private Api client(String address, Map<String, String> headers) {
    Map<String, String> all = new HashMap<>(headers);
    all.put("X-Forwarded-For", "203.0.113.1, " + address);
    return service.with(all);
  }

  private Api bearer(String address, String token) {
    return client(address, Map.of("Authorization", "Bearer " + token));
  }

  private void exhaust(String address) {
    for (int i = 0; i < LIMIT; i++) {
      bearer(address, "guess-" + i).get(LIST).expect(401);
    }
  }

  private static void limited(Response response) {
    assertThat(response.expect(429).text("code")).isEqualTo("rate_limited");
    assertThat(Integer.parseInt(String.valueOf(response.header("Retry-After")))).isBetween(1, 60);
  }

  @Test
  void wrongTokensAreSlowedByAddress() {
    exhaust("198.51.100.1");
    limited(bearer("198.51.100.1", "guess").get(LIST));
    limited(client("198.51.100.1", Map.of("X-Internal-Token", "guess")).get(LIST));
    // Not even the right one is tried: a guess may be right.
    limited(bearer("198.51.100.1", Service.TOKEN).get(LIST));
    bearer("198.51.100.2", "guess").get(LIST).expect(401);
    bearer("198.51.100.2", Service.TOKEN).get(LIST).expect(200);
  }

  @Test
  void anAddressThatSentARightTokenIsNotBlocked() {
    bearer("198.51.100.3", Service.TOKEN).get(LIST).expect(200);
    exhaust("198.51.100.3");
    limited(bearer("198.51.100.3", "guess").get(LIST));
    bearer("198.51.100.3", Service.TOKEN).get(LIST).expect(200);
  }

  @Test
  void aUserWithAJwtIsNotLockedOutByOthersAtTheSameAddress() {
    exhaust("198.51.100.4");
    String user = HasuraTokens.of(Service.newAccount(), "user", "ana");
    bearer("198.51.100.4", user).get(LIST).expect(200);
    limited(bearer("198.51.100.4", user + "x").get(LIST));
  }

  @Test
  void anExpiredJwtIsNotCounted() {
    String expired =
        HasuraTokens.of(Service.newAccount(), "user", "ana", Duration.ofSeconds(-1), Map.of());
    for (int i = 0; i < 3 * LIMIT; i++) {
      bearer("198.51.100.5", expired).get(LIST).expect(401);
    }
  }

  @Test
  void requestsWithoutATokenAreNotCounted() {
    for (int i = 0; i < 3 * LIMIT; i++) {
      client("198.51.100.6", Map.of()).get(LIST).expect(401);
    }
  }

  /** nginx treats 429 as an error of the service. */
  @Test
  void aGatewayThatVerifiesGets401() {
    exhaust("198.51.100.7");
    bearer("198.51.100.7", "guess").get("/auth/verify").expect(401);
  }

  @Test
  void theNetworkOfAnIpv6ClientCountsAsOneAddress() {
    for (int i = 0; i < LIMIT; i++) {
      bearer("2001:db8::" + i, "guess").get(LIST).expect(401);
    }
    limited(bearer("2001:db8::ffff", "guess").get(LIST));
    bearer("2001:db8:1::1", "guess").get(LIST).expect(401);
  }

  @Test
  void headersOfATrustedCallerAreUtf8() throws IOException {
    String account = Service.newAccount() + "-\u0161cme";
    assertThat(raw(account.getBytes(StandardCharsets.UTF_8))).startsWith("HTTP/1.1 201");
    assertThat(service.with(Map.of()).get(LIST).status()).isEqualTo(401);
    String list = request("GET", account.getBytes(StandardCharsets.UTF_8), "");
    assertThat(list).contains("\"opened_by\":\"J\u00f3zef\"");
    assertThat(raw(new byte[] {'a', (byte) 0xe9})).startsWith("HTTP/1.1 400");
  }

  private String raw(byte[] account) throws IOException {
    return request("POST", account, "{\"title\":\"x\"}");
  }

  private String request(String method, byte[] account, String body) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
      var out = socket.getOutputStream();
      out.write(
          "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"
              .formatted(method, LIST, Service.TOKEN)
              .getBytes(StandardCharsets.US_ASCII));
      out.write(
          "X-Hasura-Role: user\r\nX-Hasura-User-Id: J\u00f3zef\r\n"
              .getBytes(StandardCharsets.UTF_8));
      out.write("X-Hasura-Source-Account-Id: ".getBytes(StandardCharsets.US_ASCII));
      out.write(account);
      out.write(
          "\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(body.length(), body)
              .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
