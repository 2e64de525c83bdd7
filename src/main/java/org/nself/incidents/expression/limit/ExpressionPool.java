package org.nself.incidents.expression.limit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes what needs the processor and cannot be interrupted: expressions, templates, YAML. It has
 * a platform thread for each core, so that such work never holds the carriers of virtual threads,
 * on which all other requests depend. Accounts take turns; within one, the first comes first.
 */
public final class ExpressionPool implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ExpressionPool.class);

  /** Tasks of an account that may wait: more than workers of runbooks that a process has. */
  private static final int MAX_WAITING = 100;

  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /** By account, the account whose turn it is first. */
  @GuardedBy("this")
  private final Map<String, Queue<Runnable>> waiting = new LinkedHashMap<>();

  @GuardedBy("this")
  private boolean closed;

  public ExpressionPool() {
    this(Runtime.getRuntime().availableProcessors());
  }

  public ExpressionPool(int threads) {
    for (int i = 1; i <= threads; i++) {
      Thread.ofPlatform().name("expression-" + i).daemon().start(this::work);
    }
  }

  /**
   * Computes a value and waits for it.
   *
   * @throws ApiException {@code unavailable} if too many tasks of the account wait
   */
  public <T extends @Nullable Object> T run(String account, Supplier<T> task) {
    if (threads.contains(Thread.currentThread())) {
      return task.get();
    }
    CompletableFuture<T> result = new CompletableFuture<>();
    add(
        account,
        () -> {
          try {
            result.complete(task.get());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
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

  private synchronized void add(String account, Runnable task) {
    Queue<Runnable> queue = waiting.computeIfAbsent(account, _ -> new ArrayDeque<>());
    if (closed || queue.size() >= MAX_WAITING) {
      throw ApiException.unavailable(
          "Too many expressions of this account wait to be evaluated; try again in a second");
    }
    queue.add(task);
    notify();
  }

  private void work() {
    threads.add(Thread.currentThread());
    while (true) {
      try {
        next().run();
      } catch (InterruptedException e) {
        return;
      } catch (Throwable e) {
        log.error("A task of the expression pool failed", e);
      }
    }
  }

  private synchronized Runnable next() throws InterruptedException {
    while (waiting.isEmpty()) {
      if (closed) {
        throw new InterruptedException("closed");
      }
      wait();
    }
    String account = waiting.keySet().iterator().next();
    Queue<Runnable> queue = Objects.requireNonNull(waiting.remove(account));
    Runnable task = queue.remove();
    if (!queue.isEmpty()) {
      waiting.put(account, queue);
    }
    return task;
  }

  public synchronized int waitingAccounts() {
    return waiting.size();
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
