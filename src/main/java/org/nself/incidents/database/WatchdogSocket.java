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
 * A socket whose long read timeouts are kept by a thread that looks once a second, and not by a
 * timer for each read.
 *
 * <p>On a virtual thread every read with a timeout is a task for the scheduler's one delay thread,
 * which is woken for it and woken again to forget it: with a round trip to PostgreSQL per request
 * that took a tenth of the processor time of the service (bench/README.md). A read that waits too
 * long ends as always, with {@link SocketTimeoutException}, up to a second late; but the socket is
 * closed by it, which is what the driver does then anyway.
 */
final class WatchdogSocket extends Socket {

  private static final Logger log = LoggerFactory.getLogger(WatchdogSocket.class);

  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  /** Shorter timeouts, in milliseconds, are the operating system's: they must be exact. */
  private static final int WATCHED_FROM_MILLIS = 10_000;

  /** Of a read with a long timeout, in milliseconds; 0 for none. */
  private volatile int timeout;

  /** What {@link System#nanoTime()} was when the read began that is going on; 0 for none. */
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
      Thread.ofVirtual().name("socket-watch").start(this::watch);
    }
    return input;
  }

  private void watch() {
    try {
      while (!isClosed()) {
        // Nothing tells that nothing comes; a timer for each read is what this is instead of.
        Thread.sleep(CHECK_INTERVAL);
        long since = readStartedAt;
        int most = timeout;
        if (since != 0 && most != 0 && System.nanoTime() - since > most * 1_000_000L) {
          timedOut = true;
          close();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      log.debug("A socket that was read in vain did not close well", e);
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
      // 0 means that none is going on.
      readStartedAt = System.nanoTime() | 1;
      try {
        return super.read(bytes, offset, length);
      } catch (SocketException e) {
        if (timedOut) {
          SocketTimeoutException late =
              new SocketTimeoutException("Nothing came for " + timeout + " ms");
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
