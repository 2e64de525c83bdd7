package org.nself.incidents.expression.limit;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.fairness.FairLimiter;
import org.nself.incidents.web.input.ProcessorPool;

/**
 * Computes what needs the processor and cannot be interrupted: expressions, templates, YAML, long
 * JSON and GraphQL. It has a platform thread for each core, so that such work never holds the
 * carriers of virtual threads, on which all other requests depend. Accounts take turns; within one,
 * the first comes first. As many threads again are for accounts of which nothing is computed: the
 * operating system shares the cores out, so such an account does not wait for the long computations
 * of another.
 */
public final class ExpressionPool implements ProcessorPool, AutoCloseable {

  /** Tasks of an account that may wait: more than workers of runbooks that a process has. */
  private static final int MAX_WAITING = 100;

  private final Set<Thread> members = ConcurrentHashMap.newKeySet();
  private final FairLimiter limiter;
  private final ExecutorService threads;

  public ExpressionPool(MeterRegistry metrics) {
    this(Runtime.getRuntime().availableProcessors(), metrics);
  }

  /** Without metrics. */
  public ExpressionPool(int threads) {
    this(threads, new CompositeMeterRegistry());
  }

  private ExpressionPool(int threads, MeterRegistry metrics) {
    this.limiter =
        new FairLimiter(
            new FairLimiter.Options(
                    threads,
                    "Too many expressions of this account wait to be evaluated; try again in a"
                        + " second")
                .withReserve(threads)
                .withMaxWaiting(MAX_WAITING)
                .withTimedWaits(),
            "nself_incident_expression_queue",
            "the evaluation of expressions",
            Tags.empty(),
            metrics);
    ThreadFactory factory = Thread.ofPlatform().name("expression-", 1).daemon().factory();
    // Never more threads than permits.
    this.threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = factory.newThread(task);
              members.add(thread);
              members.removeIf(member -> member.getState() == Thread.State.TERMINATED);
              return thread;
            });
  }

  @Override
  public <T extends @Nullable Object> T run(String account, Supplier<T> task) {
    if (members.contains(Thread.currentThread())) {
      return task.get();
    }
    limiter.acquire(account);
    CompletableFuture<T> result = new CompletableFuture<>();
    boolean submitted = false;
    try {
      threads.execute(
          () -> {
            try {
              result.complete(task.get());
            } catch (Throwable e) {
              result.completeExceptionally(e);
            } finally {
              // Not by the caller, which an interrupt could make leave before the end.
              limiter.release(account);
            }
          });
      submitted = true;
    } finally {
      if (!submitted) {
        limiter.release(account);
      }
    }
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
