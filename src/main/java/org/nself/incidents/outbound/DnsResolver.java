package org.nself.incidents.outbound;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.nself.incidents.fairness.FairQueue;

/**
 * Resolves host names on a pool of platform threads, because a lookup that hangs cannot be
 * interrupted and would pin the carrier of a virtual thread. An account has at most as many lookups
 * as threads are still free, until each ends: it goes on after the request has timed out, so the
 * names of one account whose servers do not respond leave threads for the others.
 */
final class DnsResolver implements AutoCloseable {

  private static final int THREADS = 64;
  private static final long IDLE_SECONDS = 30;

  /** Returns the addresses of a host name. */
  @FunctionalInterface
  interface Resolver {
    InetAddress[] resolve(String name) throws UnknownHostException;
  }

  private final Resolver resolver;
  private final ExecutorService threads;

  @GuardedBy("this")
  private final FairQueue<CountDownLatch> queue =
      new FairQueue<>(THREADS, 0, FairQueue.Share.AS_MANY_AS_FREE, CountDownLatch::countDown);

  DnsResolver(Resolver resolver) {
    this.resolver = resolver;
    // Hardly more threads than permits, which are released at the end of a lookup.
    this.threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().name("dns-lookup-", 0).daemon().factory());
  }

  /** Waits for the lookup without a limit; an interrupt ends the wait, but not the lookup. */
  InetAddress[] resolve(String account, String name)
      throws UnknownHostException, InterruptedException {
    acquire(account);
    boolean submitted = false;
    try {
      Future<InetAddress[]> lookup =
          threads.submit(
              () -> {
                try {
                  return resolver.resolve(name);
                } finally {
                  release(account);
                }
              });
      submitted = true;
      return lookup.get();
    } catch (ExecutionException e) {
      UnknownHostException unknown = new UnknownHostException(name);
      unknown.initCause(e.getCause());
      throw unknown;
    } finally {
      if (!submitted) {
        release(account);
      }
    }
  }

  private void acquire(String account) throws InterruptedException {
    CountDownLatch turn = new CountDownLatch(1);
    synchronized (this) {
      if (queue.tryAcquire(account)) {
        return;
      }
      queue.enqueue(account, turn);
    }
    boolean acquired = false;
    try {
      turn.await();
      acquired = true;
    } finally {
      if (!acquired) {
        leave(account, turn);
      }
    }
  }

  private synchronized void leave(String account, CountDownLatch turn) {
    if (!queue.remove(account, turn)) {
      // Granted meanwhile.
      queue.release(account);
    }
  }

  private synchronized void release(String account) {
    queue.release(account);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
