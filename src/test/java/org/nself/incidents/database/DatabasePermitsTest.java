package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.testing.Eventually;

/** How the connections are divided, and that accounts do not wait for each other's keys. */
class DatabasePermitsTest {

  @ParameterizedTest(name = "{0} connections, {1} processors: {2}")
  @CsvSource({"10, 2, 4", "10, 1, 2", "10, 64, 8", "200, 64, 128", "5, 4, 4", "2, 8, 1", "1, 8, 1"})
  void readersGetTwoPermitsPerProcessorButNotAllConnections(
      int connections, int processors, int expected) {
    assertThat(TenantDatabase.readPermits(connections, processors)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} connections: {1}")
  @CsvSource({"10, 8", "5, 4", "2, 1", "1, 1"})
  void writersGetFourFifthsOfTheConnections(int connections, int expected) {
    assertThat(TenantDatabase.writePermits(connections)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} permits of {1} connections: {2}")
  @CsvSource({"4, 10, 2", "8, 10, 1", "2, 10, 1", "8, 9, 0", "1, 1, 0"})
  void theReserveLeavesConnections(int permits, int connections, int expected) {
    assertThat(TenantDatabase.reserve(permits, connections)).isEqualTo(expected);
  }

  @Test
  void aLockIsHeldForEachKeyOfEachAccountAndForgottenAfterwards() throws InterruptedException {
    KeyedLocks locks = new KeyedLocks();
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch holding = new CountDownLatch(5_000);
    List<Thread> threads =
        java.util.stream.IntStream.range(0, 5_000)
            .mapToObj(
                i ->
                    Thread.ofVirtual()
                        .start(
                            () ->
                                locks.run(
                                    "attacker",
                                    List.of("key " + i),
                                    () -> {
                                      holding.countDown();
                                      return await(end);
                                    })))
            .toList();
    holding.await();
    for (int i = 0; i < 5_000; i++) {
      assertThat(locks.<String>run("neighbour", List.of("key " + i), () -> "free"))
          .isEqualTo("free");
    }
    Thread same =
        Thread.ofVirtual().start(() -> locks.run("attacker", List.of("b", "key 7"), () -> "late"));
    Eventually.until(Duration.ofSeconds(10), "it to wait", () -> locks.size() == 5_001);
    end.countDown();
    same.join();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(locks.size()).as("locks in use").isZero();
  }

  private static boolean await(CountDownLatch latch) {
    try {
      latch.await();
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
