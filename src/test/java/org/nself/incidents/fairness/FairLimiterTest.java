package org.nself.incidents.fairness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

class FairLimiterTest {

  private static final String ACCOUNT = "a";
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void permitsAreGivenFirstComeFirstServed() throws InterruptedException {
    FairLimiter limiter = limiter(1);
    ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
    List<Thread> waiting = new ArrayList<>();
    limiter.run(
        ACCOUNT,
        () -> {
          for (int i = 0; i < 50; i++) {
            int number = i;
            Thread thread =
                Thread.ofVirtual().start(() -> limiter.run(ACCOUNT, () -> order.add(number)));
            waiting.add(thread);
            Eventually.until(SOON, "it to wait", () -> thread.getState() == Thread.State.WAITING);
          }
          return 0;
        });
    // Arrives while the first waiter has yet to wake up.
    limiter.run(ACCOUNT, () -> order.add(50));
    for (Thread thread : waiting) {
      thread.join();
    }
    assertThat(List.copyOf(order)).as("numbers in order of arrival").isSorted().hasSize(51);
  }

  @Test
  void aWaiterIsRefusedAfterFiveSeconds() throws Exception {
    FairLimiter limiter = limiter(1);
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
  void whereTooManyWaitOneMoreIsRefusedAtOnceAndCountedAsThat() {
    SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    FairLimiter limiter =
        new FairLimiter(
            new FairLimiter.Options(1, "Too many wait").withMaxWaiting(0),
            "queue",
            "a permit",
            Tags.empty(),
            metrics);
    limiter.acquire(ACCOUNT);
    assertThatThrownBy(() -> limiter.acquire(ACCOUNT))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.RATE_LIMITED));
    assertThat(metrics.find("queue_refused").counters())
        .filteredOn(counter -> counter.count() > 0)
        .extracting(counter -> counter.getId().getTag("reason"))
        .containsExactly("too_many");
  }

  @Test
  void anInterruptedWaiterLeavesThePermitToTheNext() throws Exception {
    FairLimiter limiter = limiter(1);
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

  @Test
  void anAccountHoldsAllPermitsUntilAnotherWaitsAndThenHalf() throws Exception {
    FairLimiter limiter = limiter(4);
    AtomicInteger ofA = new AtomicInteger();
    AtomicInteger ofB = new AtomicInteger();
    Semaphore ends = new Semaphore(0);
    List<Thread> threads = new ArrayList<>();
    for (String account : List.of("a", "b")) {
      for (int i = 0; i < 20; i++) {
        threads.add(
            Thread.ofVirtual()
                .start(
                    () ->
                        limiter.run(
                            account,
                            () -> {
                              AtomicInteger mine = account.equals("a") ? ofA : ofB;
                              mine.incrementAndGet();
                              ends.acquireUninterruptibly();
                              return mine.decrementAndGet();
                            })));
      }
      awaitAll(threads);
      if (account.equals("a")) {
        assertThat(ofA).as("a alone").hasValue(4);
      }
    }
    assertThat(ofB).as("b waits for the end of a's work").hasValue(0);
    ends.release(2);
    Eventually.until(SOON, "b to get both permits", () -> ofB.get() == 2);
    for (int i = 0; i < 6; i++) {
      ends.release();
      awaitAll(threads);
      assertThat(ofA.get()).as("of a, %d ended", i + 3).isBetween(1, 2);
      assertThat(ofB.get()).as("of b, %d ended", i + 3).isBetween(1, 2);
    }
    ends.release(40);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Waits until each thread waits, in the queue or in its work, or has ended. */
  private static void awaitAll(List<Thread> threads) {
    Eventually.until(
        SOON,
        "all threads to wait",
        () ->
            threads.stream()
                .allMatch(
                    thread ->
                        thread.getState() == Thread.State.WAITING
                            || thread.getState() == Thread.State.TERMINATED));
  }

  @Test
  void anAccountThatHoldsNoneTakesFromTheReserve() throws Exception {
    FairLimiter limiter = limiter(new FairLimiter.Options(1, "Too late").withReserve(1));
    CountDownLatch end = new CountDownLatch(1);
    Thread first = holdOnlyPermit(limiter, end);
    assertThat(limiter.<String>run("b", () -> "b")).isEqualTo("b");
    limiter.acquire("b");
    Thread third = Thread.ofVirtual().start(() -> limiter.run("c", () -> "c"));
    Thread more = Thread.ofVirtual().start(() -> limiter.run("b", () -> "b"));
    awaitAll(List.of(third, more));
    assertThat(third.isAlive()).as("the reserve is taken").isTrue();
    limiter.release("b");
    third.join();
    assertThat(more.isAlive() || first.isAlive()).isTrue();
    end.countDown();
    more.join();
    first.join();
  }

  @Test
  void itIsTheAccountsOwnDoingWhereItHoldsHalfAndOthersWant() throws Exception {
    FairLimiter limiter =
        limiter(new FairLimiter.Options(2, "Too late").withTimedWaits().withMaxWaiting(1));
    CountDownLatch end = new CountDownLatch(1);
    limiter.acquire("a");
    limiter.acquire("b");
    CompletableFuture<String> own = new CompletableFuture<>();
    CompletableFuture<String> other = new CompletableFuture<>();
    Thread mine = Thread.ofVirtual().start(() -> own.complete(answer(limiter, "a")));
    Thread.ofVirtual().start(() -> other.complete(answer(limiter, "c")));
    Eventually.until(SOON, "it to wait", () -> mine.getState() == Thread.State.TIMED_WAITING);
    assertThat(answer(limiter, "a")).as("at once, one waits already").isEqualTo("rate_limited");
    assertThat(own.get(20, TimeUnit.SECONDS)).isEqualTo("rate_limited");
    assertThat(other.get(20, TimeUnit.SECONDS)).isEqualTo("unavailable");
    end.countDown();
  }

  private static FairLimiter limiter(int permits) {
    return limiter(new FairLimiter.Options(permits, "Too late"));
  }

  private static FairLimiter limiter(FairLimiter.Options options) {
    return new FairLimiter(options, "queue", "it", Tags.empty(), new SimpleMeterRegistry());
  }

  /** Holds the only permit until the latch opens; holds it when this returns. */
  private static Thread holdOnlyPermit(FairLimiter limiter, CountDownLatch end) {
    AtomicInteger reading = new AtomicInteger();
    Thread first =
        Thread.ofVirtual().start(() -> limiter.run(ACCOUNT, () -> countUntil(end, reading)));
    Eventually.until(SOON, "the first to read", () -> reading.get() == 1);
    return first;
  }

  private static String answer(FairLimiter limiter) {
    return answer(limiter, ACCOUNT);
  }

  private static String answer(FairLimiter limiter, String account) {
    try {
      return limiter.run(account, () -> "read");
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
