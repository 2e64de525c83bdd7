package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;

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
  void readAtOnceTwoForEachProcessorButNotWithAllConnections(
      int connections, int processors, int expected) throws InterruptedException {
    assertThatAtOnceWork(ConnectionLimiter.ofReaders(connections, processors), expected);
  }

  @ParameterizedTest(name = "{0} connections: {1}")
  @CsvSource({"10, 8", "5, 4", "2, 1", "1, 1"})
  void writeAtOnceFourFifthsOfTheConnections(int connections, int expected)
      throws InterruptedException {
    assertThatAtOnceWork(ConnectionLimiter.ofWriters(connections), expected);
  }

  @Test
  void whoComesFirstReadsFirst() throws InterruptedException {
    ConnectionLimiter readers = ConnectionLimiter.ofReaders(1, 1);
    ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
    List<Thread> waiting = new ArrayList<>();
    readers.run(
        () -> {
          for (int i = 0; i < 50; i++) {
            int number = i;
            Thread thread = Thread.ofVirtual().start(() -> readers.run(() -> order.add(number)));
            waiting.add(thread);
            Eventually.until(SOON, "its turn", () -> thread.getState() == Thread.State.WAITING);
          }
          return 0;
        });
    // It comes while the first of the others has yet to wake up.
    readers.run(() -> order.add(50));
    for (Thread thread : waiting) {
      thread.join();
    }
    assertThat(List.copyOf(order))
        .as("numbers in the order of their coming")
        .isSorted()
        .hasSize(51);
  }

  @Test
  void whoWaitedFiveSecondsInVainIsSentAway() throws Exception {
    ConnectionLimiter readers = ConnectionLimiter.ofReaders(1, 1);
    CountDownLatch end = new CountDownLatch(1);
    Thread first = takeOnlyPlace(readers, end);
    CompletableFuture<String> second = new CompletableFuture<>();
    long since = System.nanoTime();
    Thread.ofVirtual().start(() -> second.complete(answer(readers)));
    Eventually.until(
        SOON,
        "the second to be sent away",
        () -> {
          Thread.ofVirtual().start(() -> answer(readers));
          return second.isDone();
        });
    assertThat(second.get()).isEqualTo("unavailable");
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isGreaterThan(Duration.ofSeconds(5));
    end.countDown();
    first.join();
  }

  @Test
  void whoIsInterruptedGivesItsTurnToTheNext() throws Exception {
    ConnectionLimiter readers = ConnectionLimiter.ofReaders(1, 1);
    CountDownLatch end = new CountDownLatch(1);
    Thread first = takeOnlyPlace(readers, end);
    CompletableFuture<String> second = new CompletableFuture<>();
    Thread interrupted = Thread.ofVirtual().start(() -> second.complete(answer(readers)));
    Eventually.until(SOON, "it to wait", () -> interrupted.getState() == Thread.State.WAITING);
    CompletableFuture<String> third = new CompletableFuture<>();
    Thread last = Thread.ofVirtual().start(() -> third.complete(answer(readers)));
    Eventually.until(SOON, "the last to wait", () -> last.getState() == Thread.State.WAITING);
    interrupted.interrupt();
    assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo("unavailable");
    end.countDown();
    first.join();
    assertThat(third.get(20, TimeUnit.SECONDS)).isEqualTo("read");
    assertThat(answer(readers)).as("afterwards").isEqualTo("read");
  }

  private static void assertThatAtOnceWork(ConnectionLimiter places, int expected)
      throws InterruptedException {
    AtomicInteger working = new AtomicInteger();
    CountDownLatch end = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < expected + 3; i++) {
      threads.add(Thread.ofVirtual().start(() -> places.run(() -> countUntil(end, working))));
    }
    Eventually.until(
        SOON,
        "all threads to work or wait",
        () -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
    assertThat(working.get()).as("at once").isEqualTo(expected);
    end.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(working.get()).as("in the end").isEqualTo(expected + 3);
  }

  /** Until the end; it has the place when this returns. */
  private static Thread takeOnlyPlace(ConnectionLimiter readers, CountDownLatch end) {
    AtomicInteger reading = new AtomicInteger();
    Thread first = Thread.ofVirtual().start(() -> readers.run(() -> countUntil(end, reading)));
    Eventually.until(SOON, "the first to read", () -> reading.get() == 1);
    return first;
  }

  private static String answer(ConnectionLimiter readers) {
    try {
      return readers.run(() -> "read");
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
