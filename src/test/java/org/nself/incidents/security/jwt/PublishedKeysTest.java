package org.nself.incidents.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.nimbusds.jose.JWSAlgorithm;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.nself.incidents.security.AuthenticatorHarness;
import org.nself.incidents.testing.MovableClock;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/** How keys are fetched from an issuer, and which tokens they verify. */
@TestInstance(Lifecycle.PER_METHOD)
class PublishedKeysTest {

  private static final SigningKey GOOD = SigningKey.pair("ES256").named("good");
  private static final SigningKey OTHER = SigningKey.pair("ES256").named("other");

  private final JwksServer issuer = new JwksServer();
  private final MovableClock clock = new MovableClock(Instant.parse("2026-03-01T12:00:00Z"));

  @AfterEach
  void stop() {
    issuer.close();
  }

  @Test
  void aFetchWithoutAResponseTimesOut() {
    issuer.hold();
    assertTimeout();
  }

  @Test
  void aFetchWithoutABodyTimesOut() {
    issuer.holdBodies();
    assertTimeout();
  }

  private void assertTimeout() {
    issuer.publish("max-age=600", GOOD);
    RemoteJwkSet keys = keys(Duration.ofMillis(300));
    ApiException exception = catchThrowableOfType(ApiException.class, keys::currentKeys);
    assertThat(exception).isNotNull();
    assertThat(exception.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    issuer.release();
    assertThat(keys(Duration.ofSeconds(20)).currentKeys()).hasSize(1);
  }

  private RemoteJwkSet keys(Duration timeout) {
    return new RemoteJwkSet(
        new JwkSetClient(
            URI.create(issuer.url()),
            Set.of(JWSAlgorithm.ES256),
            AuthenticatorHarness.CLIENT,
            timeout),
        clock);
  }

  @Test
  void inAnOutageOnlyTheFirstRequestWaits() {
    issuer.publish("max-age=600", GOOD);
    RemoteJwkSet keys = keys(Duration.ofMinutes(2));
    assertThat(keys.currentKeys()).hasSize(1);
    issuer.respond(500, "", Map.of());
    clock.forward(Duration.ofHours(8));
    assertThat(keys.currentKeys()).hasSize(1);
    issuer.hold();
    clock.forward(Duration.ofHours(8));
    assertThat(CompletableFuture.supplyAsync(keys::currentKeys))
        .succeedsWithin(Duration.ofSeconds(30))
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .hasSize(1);
  }

  @Test
  void redirectsAreFollowed() {
    try (JwksServer elsewhere = new JwksServer()) {
      elsewhere.publish("max-age=600", GOOD);
      issuer.respond(302, "", Map.of("Location", elsewhere.url()));
      PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
      jwt.accepts(GOOD);
    }
  }

  @Test
  void keysOfAllKindsMayBePublishedTogether() {
    List<SigningKey> keys = new ArrayList<>();
    for (String algorithm : List.of("RS256", "ES256", "ES384", "ES512", "Ed25519")) {
      keys.add(SigningKey.pair(algorithm).named("key-" + algorithm));
    }
    issuer.publish("max-age=600", keys.toArray(SigningKey[]::new));
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    keys.forEach(key -> jwt.accepts(key));
    jwt.accepts(keys.getFirst().as("RS512"));
  }

  @Test
  void aTypeRestrictsPublishedKeysToo() {
    SigningKey rsa = SigningKey.pair("RS256").named("rsa");
    issuer.publish("max-age=600", rsa, GOOD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock, ",\"type\":\"RS256\"");
    jwt.accepts(rsa);
    jwt.refuses(rsa.as("RS384"));
    jwt.refuses(GOOD);
  }

  @Test
  void unusableKeysAreSkipped() {
    String good = GOOD.jwk();
    String other = OTHER.jwk();
    issuer.respond(
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
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(GOOD);
    jwt.refuses(OTHER);
    SigningKey published = SigningKey.secret("HS256", "secret-that-is-long-enough-to-be-a-key");
    jwt.refuses(published);
  }

  /** Only the key of that kid is tried. */
  @Test
  void aTokenSignedByAnotherKeyThanItsKidIsRefused() {
    issuer.publish("max-age=600", GOOD, OTHER);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OTHER);
    jwt.refuses(OTHER.named("good"));
  }

  @Test
  void aKeyWithoutAKidVerifiesTokensOfAnyKid() {
    issuer.publish("max-age=600", GOOD.named(null));
    PublishedKeys.at(issuer.url(), clock).accepts(GOOD);
  }

  /** Algorithm confusion: the public key used as the secret of an HMAC. */
  @Test
  void aPublicKeyIsNotAnHmacSecret() {
    issuer.publish("max-age=600", GOOD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(GOOD);
    jwt.refuses(SigningKey.secret("HS256", GOOD.pem()));
    jwt.refuses(SigningKey.secret("HS256", GOOD.pem()).named("good"));
  }
}
