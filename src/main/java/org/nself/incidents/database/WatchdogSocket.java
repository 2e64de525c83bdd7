package org.nself.incidents.database;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket whose long read timeouts are checked once per second instead of by a timer per read.
 *
 * <p>On a virtual thread each read with a timeout schedules and cancels a task of the scheduler's
 * delay thread, which is woken for both: with a round trip to PostgreSQL per request that took a
 * tenth of the service's processor time (bench/README.md). A read that times out throws {@link
 * SocketTimeoutException} as usual, up to a second late, and the socket is closed, as the driver
 * would do anyway.
 */
final class WatchdogSocket extends Socket {

  private static final Logger log = LoggerFactory.getLogger(WatchdogSocket.class);

  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  /** Shorter timeouts, in milliseconds, are left to the operating system, which is exact. */
  private static final int WATCHED_FROM_MILLIS = 10_000;

  /** The watched timeout, in milliseconds; 0 for none. */
  private volatile int timeout;

  /** {@link System#nanoTime()} at the start of the current read; 0 where none is in progress. */
  private volatile long readStartedAt;

  private volatile boolean timedOut;
  private @Nullable InputStream input;

  @Override
  public void setSoTimeout(int milliseconds) throws SocketException {
    boolean watched = milliseconds >= WATCHED_FROM_MILLIS;
    super.setSoTimeout(watched ? 0 : milliseconds);
    timeout = watched ? milliseconds : 0;
  }

  @Override
  public int getSoTimeout() throws SocketException {
    int watched = timeout;
    return watched == 0 ? super.getSoTimeout() : watched;
  }

  @Override
  public synchronized InputStream getInputStream() throws IOException {
    if (input == null) {
      input = new TimedInputStream(super.getInputStream());
      Thread.ofVirtual().name("socket-watchdog").start(this::watch);
    }
    return input;
  }

  private void watch() {
    try {
      while (!isClosed()) {
        // There is no event to wait for: this replaces a timer per read.
        Thread.sleep(CHECK_INTERVAL);
        long since = readStartedAt;
        int most = timeout;
        if (since != 0 && most != 0 && System.nanoTime() - since > most * 1_000_000L) {
          timedOut = true;
          close();
        }
      }
    } catch (IOException e) {
      log.debug("Closing a timed-out socket failed", e);
    } catch (Throwable e) {
      log.error("The watchdog of a socket failed; its reads have no timeout any more", e);
    }
  }

  private final class TimedInputStream extends FilterInputStream {

    TimedInputStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      // Never 0, which means that no read is in progress.
      readStartedAt = System.nanoTime() | 1;
      try {
        return super.read(bytes, offset, length);
      } catch (SocketException e) {
        if (timedOut) {
          SocketTimeoutException late =
              new SocketTimeoutException("Read timed out after " + timeout + " ms");
          late.initCause(e);
          throw late;
        }
        throw e;
      } finally {
        readStartedAt = 0;
      }
    }
  }
}
