package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.web.error.ApiException;

class ConnectionLimiterTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @ParameterizedTest(name = "{0} connections, {1} processors: {2}")
  @CsvSource({"10, 2, 4", "10, 1, 2", "10, 64, 8", "200, 64, 128", "5, 4, 4", "2, 8, 1", "1, 8, 1"})
  void readersGetTwoPermitsPerProcessorButNotAllConnections(
      int connections, int processors, int expected) throws InterruptedException {
    assertConcurrency(limiter(TenantDatabase.readPermits(connections, processors)), expected);
  }

  @ParameterizedTest(name = "{0} connections: {1}")
  @CsvSource({"10, 8", "5, 4", "2, 1", "1, 1"})
  void writersGetFourFifthsOfTheConnections(int connections, int expected)
      throws InterruptedException {
    assertConcurrency(limiter(TenantDatabase.writePermits(connections)), expected);
  }

  @Test
  void permitsAreGivenFirstComeFirstServed() throws InterruptedException {
    ConnectionLimiter limiter = limiter(1);
    ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
    List<Thread> waiting = new ArrayList<>();
    limiter.run(
        () -> {
          for (int i = 0; i < 50; i++) {
            int number = i;
            Thread thread = Thread.ofVirtual().start(() -> limiter.run(() -> order.add(number)));
            waiting.add(thread);
            Eventually.until(SOON, "it to wait", () -> thread.getState() == Thread.State.WAITING);
          }
          return 0;
        });
    // Arrives while the first waiter has yet to wake up.
    limiter.run(() -> order.add(50));
    for (Thread thread : waiting) {
      thread.join();
    }
    assertThat(List.copyOf(order)).as("numbers in order of arrival").isSorted().hasSize(51);
  }

  @Test
  void aWaiterIsRefusedAfterFiveSeconds() throws Exception {
    ConnectionLimiter limiter = limiter(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread first = holdOnlyPermit(limiter, end);
    CompletableFuture<String> second = new CompletableFuture<>();
    long since = System.nanoTime();
    Thread.ofVirtual().start(() -> second.complete(answer(limiter)));
    Eventually.until(
        SOON,
        "the second to be refused",
        () -> {
          Thread.ofVirtual().start(() -> answer(limiter));
          return second.isDone();
        });
    assertThat(second.get()).isEqualTo("unavailable");
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isGreaterThan(Duration.ofSeconds(5));
    end.countDown();
    first.join();
  }

  @Test
  void anInterruptedWaiterLeavesThePermitToTheNext() throws Exception {
    ConnectionLimiter limiter = limiter(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread first = holdOnlyPermit(limiter, end);
    CompletableFuture<String> second = new CompletableFuture<>();
    Thread interrupted = Thread.ofVirtual().start(() -> second.complete(answer(limiter)));
    Eventually.until(SOON, "it to wait", () -> interrupted.getState() == Thread.State.WAITING);
    CompletableFuture<String> third = new CompletableFuture<>();
    Thread last = Thread.ofVirtual().start(() -> third.complete(answer(limiter)));
    Eventually.until(SOON, "the last to wait", () -> last.getState() == Thread.State.WAITING);
    interrupted.interrupt();
    assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo("unavailable");
    end.countDown();
    first.join();
    assertThat(third.get(20, TimeUnit.SECONDS)).isEqualTo("read");
    assertThat(answer(limiter)).as("afterwards").isEqualTo("read");
  }

  private static ConnectionLimiter limiter(int permits) {
    return new ConnectionLimiter(permits, Tags.empty(), "Too late", new SimpleMeterRegistry());
  }

  private static void assertConcurrency(ConnectionLimiter limiter, int expected)
      throws InterruptedException {
    AtomicInteger working = new AtomicInteger();
    CountDownLatch end = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < expected + 3; i++) {
      threads.add(Thread.ofVirtual().start(() -> limiter.run(() -> countUntil(end, working))));
    }
    Eventually.until(
        SOON,
        "all threads to hold a permit or wait",
        () -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
    assertThat(working.get()).as("at once").isEqualTo(expected);
    end.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(working.get()).as("in the end").isEqualTo(expected + 3);
  }

  /** Holds the only permit until the latch opens; holds it when this returns. */
  private static Thread holdOnlyPermit(ConnectionLimiter limiter, CountDownLatch end) {
    AtomicInteger reading = new AtomicInteger();
    Thread first = Thread.ofVirtual().start(() -> limiter.run(() -> countUntil(end, reading)));
    Eventually.until(SOON, "the first to read", () -> reading.get() == 1);
    return first;
  }

  private static String answer(ConnectionLimiter limiter) {
    try {
      return limiter.run(() -> "read");
    } catch (ApiException problem) {
      return problem.code().value();
    }
  }

  private static int countUntil(CountDownLatch end, AtomicInteger reading) {
    int number = reading.incrementAndGet();
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return number;
  }
}
