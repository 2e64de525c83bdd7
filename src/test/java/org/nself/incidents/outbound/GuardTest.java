package org.nself.incidents.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.outbound.OutboundFailure.Kind;

/** Destinations and headers that are allowed or blocked. */
class GuardTest {

  private static final String OK = "HTTP/1.1 200 OK\nContent-Length: 2\n\nok";

  private static InetAddress[] addresses(String... literals) {
    InetAddress[] addresses = new InetAddress[literals.length];
    for (int i = 0; i < literals.length; i++) {
      addresses[i] = InetAddress.ofLiteral(literals[i]);
    }
    return addresses;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:%d/",
        "http://localhost:%d/",
        "http://LOCALHOST.:%d/",
        "http://127.1:%d/",
        "http://2130706433:%d/",
        "http://[::1]:%d/",
        "http://[::ffff:127.0.0.1]:%d/",
        "http://[::127.0.0.1]:%d/",
        "http://[0:0:0:0:0:ffff:7f00:1]:%d/",
        "http://[64:ff9b::7f00:1]:%d/",
        "http://0.0.0.0:%d/",
        "http://0:%d/",
      })
  void loopbackIsBlockedInEveryNotation(String url) throws IOException {
    try (RawServer server = RawServer.answering(OK);
        OutboundHttp http = Client.guarded()) {
      OutboundFailure failure = Client.failure(http, Client.get(url.formatted(server.port())));
      assertThat(failure.kind()).as(url).isIn(Kind.BLOCKED, Kind.NOT_SENT);
      assertThat(server.heads()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "http://169.254.169.254/latest/meta-data/, metadata",
    "http://[fd00:ec2::254]/latest/meta-data/, metadata",
    "https://10.0.0.1/, private",
    "http://192.168.1.1:8080/, private",
    "http://100.64.0.1/, carrier",
    "http://224.0.0.1/, multicast",
    "http://[fe80::1]/, link-local",
    "http://[fc00::1]/, private",
    "http://[2002:7f00:1::]/, 6to4",
    "http://[2001:db8::1]/, documentation",
  })
  void aBlockedAddressIsNamedInTheMessage(String url, String what) {
    try (OutboundHttp http = Client.guarded()) {
      OutboundFailure failure = Client.failure(http, Client.get(url));
      assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
      assertThat(failure).hasMessageContaining(what);
    }
  }

  @Test
  void aNameWithOnePrivateAddressIsBlocked() {
    try (OutboundHttp http =
        Client.with(
            new DestinationPolicy(false, Set.of()), _ -> addresses("93.184.215.14", "10.0.0.1"))) {
      assertThat(Client.failure(http, Client.get("http://example.com/")).kind())
          .isEqualTo(Kind.BLOCKED);
    }
  }

  /** DNS rebinding: a second lookup of the name returns another address. */
  @Test
  void aNameIsResolvedOnceAndTheCheckedAddressIsUsed() throws Exception {
    AtomicInteger lookups = new AtomicInteger();
    DnsResolver.Resolver rebinding =
        _ -> addresses(lookups.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.2");
    try (RawServer server = RawServer.answering(OK);
        OutboundHttp http =
            Client.with(new DestinationPolicy(false, Set.of("listed.example")), rebinding)) {
      String path = ":" + server.port() + "/";
      assertThat(http.send(Client.get("http://listed.example" + path)).status()).isEqualTo(200);
      assertThat(lookups).as("lookups of a call that was sent").hasValue(1);
      assertThat(Client.failure(http, Client.get("http://other.example" + path)).kind())
          .isEqualTo(Kind.BLOCKED);
      assertThat(lookups).as("lookups of two calls").hasValue(2);
      assertThat(server.heads()).hasSize(1);
    }
  }

  @Test
  void anAllowedHostIsCalledOnItsAllowedPortOnly() throws Exception {
    try (RawServer server = RawServer.answering(OK);
        RawServer other = RawServer.answering(OK);
        OutboundHttp byHost = Client.guarded("127.0.0.1");
        OutboundHttp byPort = Client.guarded("127.0.0.1:" + server.port());
        OutboundHttp all = Client.unrestricted()) {
      assertThat(byHost.send(Client.get(other.url("/"))).status()).isEqualTo(200);
      assertThat(byPort.send(Client.get(server.url("/"))).body()).isEqualTo("ok");
      assertThat(Client.failure(byPort, Client.get(other.url("/"))).kind()).isEqualTo(Kind.BLOCKED);
      assertThat(
              Client.failure(byHost, Client.get("http://localhost:" + server.port() + "/")).kind())
          .as("another name of the listed address")
          .isEqualTo(Kind.BLOCKED);
      assertThat(all.send(Client.get("http://localhost:" + server.port() + "/")).status())
          .isEqualTo(200);
    }
  }

  @Test
  void anIpv6HostIsAllowedInBrackets() throws Exception {
    try (RawServer server =
            new RawServer(
                new java.net.ServerSocket(0, 5, Inet6Address.getByName("::1")),
                (_, _, out) -> out.write(RawServer.bytes(OK)));
        OutboundHttp http = Client.guarded("[::1]:" + server.port())) {
      String url = "http://[::1]:" + server.port() + "/x";
      assertThat(http.send(Client.get(url)).status()).isEqualTo(200);
      assertThat(server.heads().getFirst()).contains("Host: [::1]:" + server.port());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ftp://example.com/ | must begin with",
        "file:///etc/passwd | must begin with",
        "gopher://example.com/ | must begin with",
        "//example.com/ | must begin with",
        "example.com | must begin with",
        "http:///path | no host",
        "http://user:secret@example.com/ | user name",
        "http://secret@example.com/ | user name",
        "http://exa mple.com/secret | is not valid",
        "http://example.com:0/ | port",
        "http://example.com:65536/ | port",
        "http://exam_ple.com/ | no host",
        "http://[fe80::1%25eth0]/ | no host",
        "http://example.com/a b?secret | is not valid",
        "http://example.com\\@127.0.0.1/ | is not valid",
      })
  void anInvalidUrlIsRejectedAndNotQuoted(String url, String message) {
    try (OutboundHttp http = Client.guarded()) {
      OutboundFailure failure = Client.failure(http, Client.get(url));
      assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
      assertThat(failure).hasMessageContaining(message).hasMessageNotContaining("secret");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "X-A | a\\r\\nX-B: c",
        "X-A | a\\nb",
        "X-A | a\\0b",
        "X-A | \u00e9",
        "X A | a",
        "X:A | a",
        "X\\r\\nA | a",
        "Host | internal",
        "content-length | 1",
        "Transfer-Encoding | chunked",
        "Connection | keep-alive",
        "Upgrade | h2c",
        "TE | trailers",
        "Expect | 100-continue",
        "Proxy-Authorization | a",
      })
  void aHeaderThatCouldChangeTheRequestIsRejected(String name, String value) throws IOException {
    try (RawServer server = RawServer.answering(OK);
        OutboundHttp http = Client.unrestricted()) {
      Map<String, String> headers = Map.of(unescaped(name), unescaped(value));
      OutboundFailure failure =
          Client.failure(
              http,
              new OutboundRequest("primary", "GET", server.url("/"), headers, null, Client.LONG));
      assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
      assertThat(server.heads()).isEmpty();
    }
  }

  private static String unescaped(String text) {
    return text.replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0");
  }

  @Test
  void anUnsupportedMethodIsRejected() {
    try (OutboundHttp http = Client.unrestricted()) {
      for (String method : new String[] {"CONNECT", "TRACE", "get", "GET / HTTP/1.1\r\nX: y"}) {
        OutboundRequest call =
            new OutboundRequest(
                "primary", method, "http://example.com/", Map.of(), null, Client.LONG);
        assertThat(Client.failure(http, call).kind()).isEqualTo(Kind.BLOCKED);
      }
    }
  }

  @Test
  void anUnknownNameIsNotSent() {
    try (OutboundHttp http =
        Client.with(
            new DestinationPolicy(true, Set.of()),
            name -> {
              throw new UnknownHostException(name);
            })) {
      OutboundFailure failure = Client.failure(http, Client.get("http://nobody.example/"));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
      assertThat(failure).hasMessageContaining("nobody.example");
    }
  }
}
