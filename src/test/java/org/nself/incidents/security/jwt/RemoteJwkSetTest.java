package org.nself.incidents.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.MovableClock;
import org.nself.incidents.web.error.ErrorCode;

/** Caching and refreshing published keys; each test has its own issuer. */
@TestInstance(Lifecycle.PER_METHOD)
class RemoteJwkSetTest {

  private static final SigningKey OLD = SigningKey.pair("ES256").named("old");
  private static final SigningKey NEW = SigningKey.pair("ES256").named("new");

  private final JwksServer issuer = new JwksServer();
  private final MovableClock clock = new MovableClock(Instant.parse("2026-03-01T12:00:00Z"));

  @AfterEach
  void stop() {
    issuer.close();
  }

  private void waitForRequests(int requests) {
    Eventually.until(
        Duration.ofSeconds(20),
        requests + " requests to the issuer",
        () -> issuer.requests() == requests);
  }

  @Test
  void keysAreKeptForTheirMaxAge() {
    issuer.publish("max-age=600", OLD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    clock.forward(Duration.ofSeconds(599));
    jwt.accepts(OLD);
    assertThat(issuer.requests()).isEqualTo(1);
    clock.forward(Duration.ofSeconds(1));
    jwt.accepts(OLD);
    waitForRequests(2);
  }

  @Test
  void keysAreKeptUntilTheyExpire() {
    Instant expiry = Instant.now().plusSeconds(600);
    String expires = DateTimeFormatter.RFC_1123_DATE_TIME.format(expiry.atOffset(ZoneOffset.UTC));
    issuer.respond(200, JwksServer.jwks(OLD), Map.of("Expires", expires));
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    clock.forward(Duration.ofSeconds(500));
    jwt.accepts(OLD);
    assertThat(issuer.requests()).isEqualTo(1);
    clock.forward(Duration.ofSeconds(101));
    jwt.accepts(OLD);
    waitForRequests(2);
  }

  @Test
  void requestsDoNotWaitForARefresh() {
    issuer.publish("max-age=600", OLD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    issuer.hold();
    clock.forward(Duration.ofSeconds(601));
    jwt.accepts(OLD);
    waitForRequests(2);
    jwt.accepts(OLD);
    assertThat(issuer.requests()).as("one at a time").isEqualTo(2);
  }

  @Test
  void staleKeysAreUsedThroughAnOutage() {
    issuer.publish("max-age=600", OLD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    issuer.close();
    for (int hour = 0; hour < 48; hour++) {
      clock.forward(Duration.ofHours(1));
      jwt.accepts(OLD);
    }
  }

  @Test
  void aResponseThatIsNotAJwkSetChangesNothing() {
    issuer.publish("max-age=600", OLD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    for (String body :
        List.of(
            "",
            "down for maintenance",
            "{}",
            "{\"keys\":7}",
            "[]",
            "{\"keys\":[7]}",
            " ".repeat(600_000) + JwksServer.jwks(NEW))) {
      issuer.respond(200, body, Map.of());
      int before = issuer.requests();
      Eventually.until(
          Duration.ofSeconds(20),
          "the response to be fetched",
          () -> {
            clock.forward(Duration.ofHours(1));
            jwt.accepts(OLD);
            return issuer.requests() > before;
          });
    }
    issuer.respond(500, JwksServer.jwks(NEW), Map.of());
    clock.forward(Duration.ofHours(1));
    jwt.accepts(OLD);
    jwt.refuses(NEW);
  }

  @Test
  void anUnknownKidCausesARefresh() {
    issuer.publish("max-age=86400", OLD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    issuer.publish("max-age=86400", OLD, NEW);
    clock.forward(RemoteJwkSet.MIN_REFRESH_INTERVAL);
    jwt.accepts(NEW);
    jwt.accepts(OLD);
    assertThat(issuer.requests()).isEqualTo(2);
  }

  @Test
  void anUnknownSignatureWithoutAKidCausesARefresh() {
    issuer.publish("max-age=86400", OLD.named(null));
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD.named(null));
    issuer.publish("max-age=86400", NEW.named(null));
    clock.forward(RemoteJwkSet.MIN_REFRESH_INTERVAL);
    jwt.accepts(NEW.named(null));
    jwt.refuses(OLD.named(null));
  }

  @Test
  void aWithdrawnKeyIsRefusedOnceStale() {
    issuer.publish("max-age=600", OLD, NEW);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    issuer.publish("max-age=600", NEW);
    clock.forward(Duration.ofSeconds(601));
    jwt.accepts(NEW);
    Eventually.until(
        Duration.ofSeconds(20), "the key to be refused", () -> jwt.answer(OLD) != null);
    jwt.refuses(OLD);
  }

  @Test
  void aKeyWithdrawnWhileThereWereNoRequestsIsRefused() {
    issuer.publish("max-age=600", OLD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    issuer.publish("max-age=600", NEW);
    clock.forward(Duration.ofHours(8));
    jwt.refuses(OLD);
    jwt.accepts(NEW);
  }

  @Test
  void allKeysMayBeWithdrawn() {
    issuer.publish("max-age=600", OLD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    issuer.publish("max-age=600");
    clock.forward(Duration.ofHours(8));
    jwt.refuses(OLD);
  }

  @Test
  void manyUnknownKidsCauseOneRefresh() throws Exception {
    issuer.publish("max-age=86400", OLD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    clock.forward(RemoteJwkSet.MIN_REFRESH_INTERVAL);
    issuer.hold();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        SigningKey unknown = NEW.named("unknown-" + i);
        answers.add(callers.submit(() -> jwt.refuses(unknown)));
      }
      waitForRequests(2);
      issuer.release();
      for (Future<?> answer : answers) {
        answer.get();
      }
    }
    jwt.refuses(NEW);
    clock.forward(RemoteJwkSet.MIN_REFRESH_INTERVAL.minusMillis(1));
    jwt.refuses(NEW);
    assertThat(issuer.requests()).as("requests to the issuer").isEqualTo(2);
    clock.forward(Duration.ofMillis(1));
    jwt.refuses(NEW);
    assertThat(issuer.requests()).as("requests to the issuer").isEqualTo(3);
  }

  @Test
  void aBadSignatureOfAKnownKidCausesNoRefresh() {
    issuer.publish("max-age=86400", OLD);
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    jwt.accepts(OLD);
    clock.forward(RemoteJwkSet.MIN_REFRESH_INTERVAL);
    jwt.refuses(NEW.named("old"));
    assertThat(issuer.requests()).isEqualTo(1);
  }

  @Test
  void withoutKeysTheAnswerIsUnavailable() {
    issuer.respond(503, "", Map.of());
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    assertThat(jwt.answer(OLD)).isEqualTo(ErrorCode.UNAVAILABLE);
    int requests = issuer.requests();
    assertThat(jwt.answer(OLD)).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(issuer.requests()).as("requests within the retry interval").isEqualTo(requests);
    issuer.publish("max-age=600", OLD);
    clock.forward(RemoteJwkSet.MIN_RETRY_INTERVAL);
    jwt.accepts(OLD);
  }

  @Test
  void anUnreachableIssuerDoesNotPreventTheStart() {
    PublishedKeys jwt =
        PublishedKeys.at("http://127.0.0.1:1/jwks.json", clock); // Nothing listens there.
    assertThat(jwt.answer(OLD)).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void settingTheClockBackDoesNotPreventRefreshes() {
    issuer.respond(503, "", Map.of());
    PublishedKeys jwt = PublishedKeys.at(issuer.url(), clock);
    assertThat(jwt.answer(OLD)).isEqualTo(ErrorCode.UNAVAILABLE);
    issuer.publish("max-age=600", OLD);
    clock.forward(Duration.ofDays(-300));
    jwt.accepts(OLD);
    int requests = issuer.requests();
    clock.forward(Duration.ofDays(-300));
    jwt.accepts(OLD);
    waitForRequests(requests + 1);
  }
}
