package org.nself.incidents.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Resolves host names on a pool of platform threads, because a lookup that hangs cannot be
 * interrupted and would pin the carrier of a virtual thread.
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

  DnsResolver(Resolver resolver) {
    this.resolver = resolver;
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("dns-lookup-", 0).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    this.threads = pool;
  }

  /** Waits for the lookup without a limit; an interrupt ends the wait. */
  InetAddress[] resolve(String name) throws UnknownHostException, InterruptedException {
    Future<InetAddress[]> lookup = threads.submit(() -> resolver.resolve(name));
    try {
      return lookup.get();
    } catch (ExecutionException e) {
      UnknownHostException unknown = new UnknownHostException(name);
      unknown.initCause(e.getCause());
      throw unknown;
    } finally {
      // A lookup that is still queued is not started.
      lookup.cancel(/* mayInterruptIfRunning= */ false);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
