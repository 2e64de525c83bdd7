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
 * Looks up names, on threads of its own: a lookup that hangs cannot be stopped, and on a virtual
 * thread it would hold up all the others.
 */
final class DnsResolver implements AutoCloseable {

  private static final int THREADS = 64;
  private static final long IDLE_SECONDS = 30;

  /** Gives the addresses of a name. */
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
            Thread.ofPlatform().name("name-lookup-", 0).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    this.threads = pool;
  }

  /** Takes as long as it takes; an interrupt ends the waiting. */
  InetAddress[] addresses(String name) throws UnknownHostException, InterruptedException {
    Future<InetAddress[]> lookup = threads.submit(() -> resolver.resolve(name));
    try {
      return lookup.get();
    } catch (ExecutionException e) {
      UnknownHostException unknown = new UnknownHostException(name);
      unknown.initCause(e.getCause());
      throw unknown;
    } finally {
      // One that nobody waits for any more is not begun.
      lookup.cancel(/* mayInterruptIfRunning= */ false);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
