package org.nself.incidents.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.nself.incidents.api.Problem;
import org.nself.incidents.api.ProblemCode;
import org.nself.incidents.testing.MovableClock;
import org.nself.incidents.testing.Waiting;

/** Keys that an issuer publishes, changes, and fails to publish; each test has an issuer. */
@TestInstance(Lifecycle.PER_METHOD)
class JwkSetTest {

  private static final String CLAIMS =
      """
      {"https://hasura.io/jwt/claims":{"x-hasura-allowed-roles":["user"],
      "x-hasura-default-role":"user","x-hasura-source-account-id":"acme"}}\
      """;

  private static final SigningKey OLD = SigningKey.pair("ES256").named("old");
  private static final SigningKey NEW = SigningKey.pair("ES256").named("new");

  private final JwksServer issuer = new JwksServer();
  private final MovableClock clock = new MovableClock(Instant.parse("2026-03-01T12:00:00Z"));

  @AfterEach
  void stop() {
    issuer.close();
  }

  private HasuraJwt jwt() {
    return jwt(issuer.url(), "");
  }

  private HasuraJwt jwt(String url, String members) {
    return new HasuraJwt(
        HasuraJwtSettings.parse("{\"jwk_url\":\"" + url + "\"" + members + "}"),
        clock,
        Door.CLIENT);
  }

  /** Null where the token is accepted. */
  private static @Nullable ProblemCode answer(HasuraJwt jwt, SigningKey key) {
    @Nullable Problem problem =
        catchThrowableOfType(Problem.class, () -> jwt.verify(key.token(CLAIMS)));
    return problem == null ? null : problem.code();
  }

  private static void accepts(HasuraJwt jwt, SigningKey key) {
    assertThat(answer(jwt, key)).as("refusal of a token by %s", key.id()).isNull();
  }

  private static void refuses(HasuraJwt jwt, SigningKey key) {
    assertThat(answer(jwt, key)).isEqualTo(ProblemCode.UNAUTHENTICATED);
  }

  private void waitForRequests(int requests) {
    Waiting.until(
        Duration.ofSeconds(20),
        requests + " requests to the issuer",
        () -> issuer.requests() == requests);
  }

  @Test
  void keysAreKeptForTheirMaxAge() {
    issuer.publish("max-age=600", OLD);
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    clock.forward(Duration.ofSeconds(599));
    accepts(jwt, OLD);
    assertThat(issuer.requests()).isEqualTo(1);
    clock.forward(Duration.ofSeconds(1));
    accepts(jwt, OLD);
    waitForRequests(2);
  }

  @Test
  void keysAreKeptUntilTheyExpire() {
    Instant expiry = Instant.now().plusSeconds(600);
    String expires = DateTimeFormatter.RFC_1123_DATE_TIME.format(expiry.atOffset(ZoneOffset.UTC));
    issuer.answer(200, JwksServer.jwks(OLD), Map.of("Expires", expires));
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    clock.forward(Duration.ofSeconds(500));
    accepts(jwt, OLD);
    assertThat(issuer.requests()).isEqualTo(1);
    clock.forward(Duration.ofSeconds(101));
    accepts(jwt, OLD);
    waitForRequests(2);
  }

  @Test
  void nobodyWaitsWhileKeysAreRenewed() {
    issuer.publish("max-age=600", OLD);
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    issuer.hold();
    clock.forward(Duration.ofSeconds(601));
    accepts(jwt, OLD);
    waitForRequests(2);
    accepts(jwt, OLD);
    assertThat(issuer.requests()).as("one at a time").isEqualTo(2);
  }

  @Test
  void keysThatRanOutServeThroughAnOutage() {
    issuer.publish("max-age=600", OLD);
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    issuer.close();
    for (int hour = 0; hour < 48; hour++) {
      clock.forward(Duration.ofHours(1));
      accepts(jwt, OLD);
    }
  }

  @Test
  void anAnswerThatIsNoKeySetChangesNothing() {
    issuer.publish("max-age=600", OLD);
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    for (String body :
        List.of(
            "",
            "down for maintenance",
            "{}",
            "{\"keys\":7}",
            "[]",
            "{\"keys\":[7]}",
            " ".repeat(600_000) + JwksServer.jwks(NEW))) {
      issuer.answer(200, body, Map.of());
      int before = issuer.requests();
      Waiting.until(
          Duration.ofSeconds(20),
          "the answer to be fetched",
          () -> {
            clock.forward(Duration.ofHours(1));
            accepts(jwt, OLD);
            return issuer.requests() > before;
          });
    }
    issuer.answer(500, JwksServer.jwks(NEW), Map.of());
    clock.forward(Duration.ofHours(1));
    accepts(jwt, OLD);
    refuses(jwt, NEW);
  }

  @Test
  void aNewKeyIsFoundWhenATokenNamesIt() {
    issuer.publish("max-age=86400", OLD);
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    issuer.publish("max-age=86400", OLD, NEW);
    clock.forward(JwkSet.PAUSE);
    accepts(jwt, NEW);
    accepts(jwt, OLD);
    assertThat(issuer.requests()).isEqualTo(2);
  }

  @Test
  void aNewKeyWithoutANameIsFoundToo() {
    issuer.publish("max-age=86400", OLD.named(null));
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD.named(null));
    issuer.publish("max-age=86400", NEW.named(null));
    clock.forward(JwkSet.PAUSE);
    accepts(jwt, NEW.named(null));
    refuses(jwt, OLD.named(null));
  }

  @Test
  void aKeyThatIsWithdrawnIsRefusedOnceItsTimeIsOver() {
    issuer.publish("max-age=600", OLD, NEW);
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    issuer.publish("max-age=600", NEW);
    clock.forward(Duration.ofSeconds(601));
    accepts(jwt, NEW);
    Waiting.until(Duration.ofSeconds(20), "the key to be refused", () -> answer(jwt, OLD) != null);
    refuses(jwt, OLD);
  }

  @Test
  void aKeyThatWasWithdrawnInAQuietNightIsRefusedInTheMorning() {
    issuer.publish("max-age=600", OLD);
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    issuer.publish("max-age=600", NEW);
    clock.forward(Duration.ofHours(8));
    refuses(jwt, OLD);
    accepts(jwt, NEW);
  }

  @Test
  void withdrawingAllKeysIsObeyed() {
    issuer.publish("max-age=600", OLD);
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    issuer.publish("max-age=600");
    clock.forward(Duration.ofHours(8));
    refuses(jwt, OLD);
  }

  @Test
  void aFloodOfUnknownKeysIsNoFloodOnTheIssuer() throws Exception {
    issuer.publish("max-age=86400", OLD);
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    clock.forward(JwkSet.PAUSE);
    issuer.hold();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        SigningKey unknown = NEW.named("unknown-" + i);
        answers.add(callers.submit(() -> refuses(jwt, unknown)));
      }
      waitForRequests(2);
      issuer.release();
      for (Future<?> answer : answers) {
        answer.get();
      }
    }
    refuses(jwt, NEW);
    clock.forward(JwkSet.PAUSE.minusMillis(1));
    refuses(jwt, NEW);
    assertThat(issuer.requests()).as("requests to the issuer").isEqualTo(2);
    clock.forward(Duration.ofMillis(1));
    refuses(jwt, NEW);
    assertThat(issuer.requests()).as("requests to the issuer").isEqualTo(3);
  }

  @Test
  void aBadSignatureByAKnownKeyDoesNotTroubleTheIssuer() {
    issuer.publish("max-age=86400", OLD);
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    clock.forward(JwkSet.PAUSE);
    refuses(jwt, NEW.named("old"));
    assertThat(issuer.requests()).isEqualTo(1);
  }

  @Test
  void untilThereAreKeysTheAnswerIsUnavailable() {
    issuer.answer(503, "", Map.of());
    HasuraJwt jwt = jwt();
    assertThat(answer(jwt, OLD)).isEqualTo(ProblemCode.UNAVAILABLE);
    int requests = issuer.requests();
    assertThat(answer(jwt, OLD)).isEqualTo(ProblemCode.UNAVAILABLE);
    assertThat(issuer.requests()).as("requests in the pause").isEqualTo(requests);
    issuer.publish("max-age=600", OLD);
    clock.forward(JwkSet.PAUSE_WITHOUT_KEYS);
    accepts(jwt, OLD);
  }

  @Test
  void anIssuerThatIsNotThereDoesNotStopTheStart() {
    HasuraJwt jwt = jwt("http://127.0.0.1:1/jwks.json", ""); // Nobody listens there.
    assertThat(answer(jwt, OLD)).isEqualTo(ProblemCode.UNAVAILABLE);
  }

  @Test
  void anIssuerThatDoesNotAnswerIsGivenUp() {
    issuer.hold();
    givesUp();
  }

  @Test
  void anIssuerThatStopsInTheMiddleIsGivenUp() {
    issuer.holdBodies();
    givesUp();
  }

  private void givesUp() {
    issuer.publish("max-age=600", OLD);
    JwkFetch impatient =
        new JwkFetch(
            URI.create(issuer.url()),
            Set.of(JwtAlgorithm.ES256),
            Door.CLIENT,
            Duration.ofMillis(300));
    JwkSet keys = new JwkSet(impatient, clock);
    Problem problem = catchThrowableOfType(Problem.class, keys::known);
    assertThat(problem).isNotNull();
    assertThat(problem.code()).isEqualTo(ProblemCode.UNAVAILABLE);
    issuer.release();
    JwkSet patient =
        new JwkSet(
            new JwkFetch(
                URI.create(issuer.url()),
                Set.of(JwtAlgorithm.ES256),
                Door.CLIENT,
                Duration.ofSeconds(20)),
            clock);
    assertThat(patient.known()).hasSize(1);
  }

  @Test
  void aClockThatIsSetBackStopsNothing() {
    issuer.answer(503, "", Map.of());
    HasuraJwt jwt = jwt();
    assertThat(answer(jwt, OLD)).isEqualTo(ProblemCode.UNAVAILABLE);
    issuer.publish("max-age=600", OLD);
    clock.forward(Duration.ofDays(-300));
    accepts(jwt, OLD);
    int requests = issuer.requests();
    clock.forward(Duration.ofDays(-300));
    accepts(jwt, OLD);
    waitForRequests(requests + 1);
  }

  @Test
  void redirectsAreFollowed() {
    try (JwksServer elsewhere = new JwksServer()) {
      elsewhere.publish("max-age=600", OLD);
      issuer.answer(302, "", Map.of("Location", elsewhere.url()));
      HttpClient client = AccountConfiguration.keyClient();
      HasuraJwt jwt =
          new HasuraJwt(
              HasuraJwtSettings.parse("{\"jwk_url\":\"" + issuer.url() + "\"}"), clock, client);
      accepts(jwt, OLD);
    }
  }

  @Test
  void keysOfAllKindsMayBePublishedTogether() {
    List<SigningKey> keys = new ArrayList<>();
    for (String algorithm : List.of("RS256", "ES256", "ES384", "ES512", "Ed25519")) {
      keys.add(SigningKey.pair(algorithm).named("key-" + algorithm));
    }
    issuer.publish("max-age=600", keys.toArray(SigningKey[]::new));
    HasuraJwt jwt = jwt();
    keys.forEach(key -> accepts(jwt, key));
    accepts(jwt, keys.getFirst().as("RS512"));
  }

  @Test
  void aTypeHoldsForPublishedKeysToo() {
    SigningKey rsa = SigningKey.pair("RS256").named("rsa");
    issuer.publish("max-age=600", rsa, OLD);
    HasuraJwt jwt = jwt(issuer.url(), ",\"type\":\"RS256\"");
    accepts(jwt, rsa);
    refuses(jwt, rsa.as("RS384"));
    refuses(jwt, OLD);
  }

  @Test
  void keysThatAreOfNoUseArePassedOver() {
    String good = OLD.jwk();
    String other = NEW.jwk();
    issuer.answer(
        200,
        "{\"keys\":["
            + String.join(
                ",",
                "{\"kty\":\"unheard-of\"}",
                "{}",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
                "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}",
                "{\"kty\":\"oct\",\"k\":\"c2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2gtdG8tYmUtYS1rZXk\"}",
                "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}",
                other.replace("{", "{\"use\":\"enc\","),
                other.replace("{", "{\"key_ops\":[\"sign\"],"),
                other.replace("{", "{\"alg\":\"ES384\","),
                other.replace("{", "{\"alg\":\"PS256\","),
                good.replace("{", "{\"use\":\"sig\",\"key_ops\":[\"verify\"],\"alg\":\"ES256\","))
            + "]}",
        Map.of());
    HasuraJwt jwt = jwt();
    accepts(jwt, OLD);
    refuses(jwt, NEW);
    SigningKey published = SigningKey.secret("HS256", "secret-that-is-long-enough-to-be-a-key");
    refuses(jwt, published);
  }
}
