package org.nself.incidents.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nself.incidents.outbound.OutboundFailure.Kind;

/** HTTPS requests to a server with a certificate for localhost. */
class TlsTest {

  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir private Path directory;

  private final AtomicInteger requests = new AtomicInteger();
  private SSLContext tls;
  private HttpsServer server;

  @BeforeEach
  void start() throws IOException, InterruptedException, GeneralSecurityException {
    Path file = directory.resolve("localhost.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-keystore",
                file.toString(),
                "-storepass",
                String.valueOf(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream stream = Files.newInputStream(file)) {
      store.load(stream, PASSWORD);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, PASSWORD);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext(
        "/",
        exchange -> {
          requests.incrementAndGet();
          if (exchange.getRequestURI().getPath().equals("/down")) {
            exchange.getResponseHeaders().set("Location", "http://localhost:1/");
            exchange.sendResponseHeaders(302, -1);
          } else {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write(new byte[] {'o', 'k'});
          }
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private OutboundHttp trusting() {
    return new OutboundHttp(
        new DestinationPolicy(true, Set.of()), InetAddress::getAllByName, tls::getSocketFactory);
  }

  private String url(String host, String path) {
    return "https://" + host + ":" + server.getAddress().getPort() + path;
  }

  @Test
  void aServerWithAValidCertificateIsCalled() throws Exception {
    try (OutboundHttp http = trusting()) {
      OutboundRequest call =
          new OutboundRequest(
              "primary", "POST", url("localhost", "/"), Map.of(), "{}", Client.LONG);
      assertThat(http.send(call).body()).isEqualTo("ok");
    }
  }

  @Test
  void anInvalidCertificateEndsTheCallBeforeTheRequestIsSent() {
    try (OutboundHttp trusting = trusting();
        OutboundHttp usual = Client.unrestricted()) {
      assertThat(Client.failure(trusting, Client.get(url("127.0.0.1", "/"))).kind())
          .as("another name")
          .isEqualTo(Kind.NOT_SENT);
      assertThat(Client.failure(usual, Client.get(url("localhost", "/"))).kind())
          .as("an issuer that is not trusted")
          .isEqualTo(Kind.NOT_SENT);
      assertThat(requests).hasValue(0);
    }
  }

  @Test
  void aRedirectToHttpIsNotFollowed() {
    try (OutboundHttp http = trusting()) {
      OutboundFailure failure = Client.failure(http, Client.get(url("localhost", "/down")));
      assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
      assertThat(failure).hasMessageContaining("from https to http");
    }
  }
}
