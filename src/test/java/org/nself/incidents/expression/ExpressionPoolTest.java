package org.nself.incidents.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.nself.incidents.expression.limit.ExpressionPool;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;

class ExpressionPoolTest {

  @Test
  void accountsTakeTurnsAndOneCannotFillTheQueueOfAnother() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    List<String> order = new ArrayList<>();
    AtomicInteger refused = new AtomicInteger();
    List<Future<?>> futures = new ArrayList<>();
    try (ExpressionPool pool = new ExpressionPool(1);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      futures.add(holdThread(pool, callers, held));
      for (int i = 0; i < 150; i++) {
        futures.add(
            callers.submit(
                () -> {
                  try {
                    return pool.run("busy", () -> order.add("busy"));
                  } catch (ApiException e) {
                    return refused.incrementAndGet();
                  }
                }));
      }
      Eventually.until(Duration.ofSeconds(10), "the rest to be refused", () -> refused.get() == 50);
      assertThat(pool.<String>run("neighbour", () -> "at once"))
          .as("while the only thread computes for another account")
          .isEqualTo("at once");
      held.countDown();
      for (Future<?> future : futures) {
        future.get();
      }
    }
    assertThat(order).hasSize(100);
  }

  /** Holds the pool's only thread for the account "busy" until the latch opens. */
  private static Future<Integer> holdThread(
      ExpressionPool pool, ExecutorService callers, CountDownLatch held)
      throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    Future<Integer> holding =
        callers.submit(
            () ->
                pool.run(
                    "busy",
                    () -> {
                      started.countDown();
                      await(held);
                      return 1;
                    }));
    started.await();
    return holding;
  }

  @Test
  void anAccountThatCompilesMuchDoesNotDelayAnother() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    AtomicInteger refused = new AtomicInteger();
    List<Future<?>> futures = new ArrayList<>();
    try (ExpressionPool pool = new ExpressionPool(1);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Expressions expressions =
          new Expressions(new Secrets(_ -> null, Path.of("nowhere")), new StrictJson(), pool);
      futures.add(holdThread(pool, callers, held));
      for (int i = 0; i < 150; i++) {
        String text = i + " == 0";
        futures.add(
            callers.submit(
                () -> {
                  try {
                    return expressions.condition("busy", text);
                  } catch (ApiException e) {
                    return refused.incrementAndGet();
                  }
                }));
      }
      Eventually.until(Duration.ofSeconds(10), "the rest to be refused", () -> refused.get() == 50);
      assertThat(expressions.condition("neighbour", "1 == 1").error())
          .as("while the other account waits for its turn")
          .isNull();
      assertThat(expressions.condition("busy", "1 == 1").error()).as("what is cached").isNull();
      held.countDown();
      for (Future<?> future : futures) {
        future.get();
      }
    }
  }

  @Test
  void whatATaskThrowsReachesTheCallerAndTheThreadGoesOn() {
    try (ExpressionPool pool = new ExpressionPool(1)) {
      assertThatThrownBy(
              () ->
                  pool.run(
                      "a",
                      () -> {
                        throw new ExpressionFailure("no value");
                      }))
          .isInstanceOf(ExpressionFailure.class)
          .hasMessage("no value");
      assertThatThrownBy(
              () ->
                  pool.run(
                      "a",
                      () -> {
                        throw new StackOverflowError();
                      }))
          .isInstanceOf(StackOverflowError.class);
      assertThat(pool.run("a", () -> Thread.currentThread().isVirtual())).isFalse();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
