package org.nself.incidents.web.response;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

class ResponseMemoryTest {

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final ResponseMemory memory = new ResponseMemory(400, metrics);

  @Test
  void anAccountHasAQuarterAndOthersHaveTheRest() {
    ResponseMemory.Lease first = memory.lease("a");
    first.reserve(80);
    assertThatThrownBy(() -> memory.lease("a").reserve(30)).satisfies(this::isUnavailable);
    memory.lease("b").reserve(90);
    first.close();
    memory.lease("a").reserve(30);
    assertThat(memory.used()).isEqualTo(120);
    assertThat(metrics.get("nself_incident_response_memory_refused").counter().count())
        .isEqualTo(1);
  }

  @Test
  void allAccountsTogetherHaveNoMoreThanTheLimit() {
    for (String account : new String[] {"a", "b", "c", "d"}) {
      memory.lease(account).reserve(95);
    }
    assertThatThrownBy(() -> memory.lease("e").reserve(30)).satisfies(this::isUnavailable);
  }

  @Test
  void oneResponseOfAnAccountFitsHoweverLargeItIs() {
    ResponseMemory.Lease large = memory.lease("a");
    large.reserve(300);
    large.reserve(50);
    assertThat(memory.lease("a").tryReserve(1)).isFalse();
    assertThat(memory.lease("b").tryReserve(30)).isTrue();
  }

  @Test
  void oneResponseOfAnAccountLeavesAQuarterToOthers() {
    memory.lease("b").reserve(10);
    ResponseMemory.Lease large = memory.lease("a");
    large.reserve(290);
    assertThat(large.tryReserve(20)).as("more than three quarters").isFalse();
    assertThat(memory.lease("c").tryReserve(90)).as("another account's response").isTrue();
  }

  @Test
  void aReadThatFailsReleasesWhatItHasReserved() {
    ResponseSizeBudget budget = new ResponseSizeBudget(1_000, memory.lease("a"));
    try (ResponseSizeBudget.Read read = budget.beginRead(1_000)) {
      read.end(10);
    }
    for (int i = 0; i < 100; i++) {
      try (ResponseSizeBudget.Read _ = budget.beginRead(1_000)) {
        assertThat(memory.used()).isEqualTo(35);
      }
    }
    assertThat(memory.used()).isEqualTo(10);
  }

  @Test
  void aResponseWaitsForRoomOnce() {
    memory.lease("b").reserve(399);
    ResponseSizeBudget budget = new ResponseSizeBudget(1_000, memory.lease("a"));
    long start = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> budget.beginRead(1_000)).satisfies(this::isUnavailable);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .as("twenty reads for which there is no room")
        .isLessThan(Duration.ofSeconds(15));
  }

  @Test
  void aRequestWaitsForRoom() throws InterruptedException {
    ResponseMemory.Lease first = memory.lease("a");
    first.reserve(100);
    CountDownLatch admitted = new CountDownLatch(1);
    Thread.ofVirtual()
        .start(
            () -> {
              memory.lease("a").awaitRoom();
              admitted.countDown();
            });
    first.close();
    assertThat(admitted.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void clientsThatAreSlowAreDisconnectedTheSlowestFirst() {
    AtomicInteger disconnected = new AtomicInteger();
    for (int i = 1; i <= 2; i++) {
      int client = i;
      ResponseMemory.Lease slow = memory.lease("a");
      slow.reserve(45);
      Thread.ofVirtual()
          .start(
              () -> {
                slow.writing(() -> disconnected.compareAndSet(0, client));
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  slow.close();
                }
              });
      Eventually.until(Duration.ofSeconds(5), "the client to be slow", () -> slow.isWriting());
    }
    memory.lease("a").reserve(40, Duration.ofSeconds(20));
    assertThat(disconnected.get()).as("the first that was disconnected").isEqualTo(1);
    assertThat(metrics.get("nself_incident_response_memory_disconnected").counter().count())
        .isEqualTo(1);
    assertThat(memory.used()).isEqualTo(85);
  }

  @Test
  void nothingIsLeftWhenAllIsClosed() {
    ResponseMemory.Lease lease = memory.lease("a");
    lease.reserve(10);
    lease.set(30);
    lease.release(5);
    assertThat(memory.used()).isEqualTo(25);
    lease.close();
    lease.close();
    assertThat(memory.used()).isZero();
  }

  private void isUnavailable(Throwable thrown) {
    assertThat(((ApiException) thrown).code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }
}
