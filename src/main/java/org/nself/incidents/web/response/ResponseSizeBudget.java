package org.nself.incidents.web.response;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/**
 * The bytes that one response may have, approximately; every list, field and alias of a request
 * draws on the same. A list ends early when they are spent, and says that more follows; but it has
 * its first row, or a client could not get past an empty page, so there is a reserve for first
 * rows. What cannot end early is refused. The first thing that a response reads is never refused
 * for its size alone, or there would be rows that nobody could read.
 */
public final class ResponseSizeBudget implements AutoCloseable {

  /**
   * Where a request holds its budget: the name of a servlet attribute and of a key in the GraphQL
   * context.
   */
  public static final String ATTRIBUTE = "nself.response_budget";

  public static final long DEFAULT_MAX_BYTES = 4L << 20;

  /** How much larger than the maximum a response can be for first rows. */
  private static final int RESERVE = 3;

  /** How long a subscription waits for room before its connection is closed. */
  private static final Duration MAX_WAIT_OF_EVENT = Duration.ofSeconds(30);

  /** A smaller response fits into the buffers of the operating system: its client is not slow. */
  private static final long MIN_SLOW_BYTES = 32 << 10;

  /** How long a read waits for room. */
  private static final Duration MAX_WAIT_OF_READ = Duration.ofSeconds(5);

  /** A read of so few rows reserves what they usually have. */
  private static final int FEW_ROWS = 64;

  private static final int USUAL_ROW = 1_024;

  /** So little is not refused once the work is done. */
  private static final long SMALL = 64 << 10;

  private final long max;
  private final ResponseMemory.@Nullable Lease lease;
  private final @Nullable Supplier<Runnable> connection;
  private final AtomicLong spent = new AtomicLong();
  private volatile boolean noRoom;
  private volatile boolean subscription;
  private volatile long lastEvent;

  /**
   * @param max in bytes
   * @param lease where the bytes are reserved; null for nowhere
   */
  public ResponseSizeBudget(long max, ResponseMemory.@Nullable Lease lease) {
    this(max, lease, null);
  }

  /**
   * @param connection finds how the client is disconnected; null if {@link #writing(Runnable)} says
   *     so
   */
  ResponseSizeBudget(
      long max, ResponseMemory.@Nullable Lease lease, @Nullable Supplier<Runnable> connection) {
    this.max = max;
    this.lease = lease;
    this.connection = connection;
  }

  /** In bytes. */
  public long max() {
    return max;
  }

  /**
   * Waits until the account and the process have room for another response; called before the work.
   *
   * @throws ApiException {@code unavailable} if there is none within two seconds
   */
  public void awaitRoom() {
    if (lease != null && !subscription) {
      lease.awaitRoom();
    }
  }

  /** The bytes that the response may still have. */
  public long remaining() {
    return Math.max(0, max - spent.get());
  }

  /**
   * Begins to read rows. Waits until the account and the process have room for them, so that
   * nothing is read and then discarded.
   *
   * @param rows how many at most
   * @throws ApiException {@code unavailable} if there is no room for long
   */
  public Read beginRead(long rows) {
    if (lease == null || subscription) {
      return new Read(0);
    }
    long wanted = rows <= FEW_ROWS ? rows * USUAL_ROW : lease.share();
    reserveWaiting(lease, wanted);
    return new Read(wanted);
  }

  /** Rows that are being read. Closing it without {@link #end} releases what it has reserved. */
  public final class Read implements AutoCloseable {

    private final long maxBytes = remaining();
    private long reserved;

    private Read(long reserved) {
      this.reserved = reserved;
    }

    /** The bytes that the rows may have. */
    public long maxBytes() {
      return maxBytes;
    }

    /**
     * Counts the rows that were read.
     *
     * @throws ApiException {@code unavailable} if few rows have so many bytes that the account or
     *     the process has no room for them now
     */
    public void end(long bytes) {
      if (lease == null || subscription) {
        hold(bytes);
        return;
      }
      long more = bytes - reserved;
      if (more > 0 && reserved < lease.share()) {
        lease.reserve(more);
      } else {
        lease.release(-more);
      }
      reserved = 0;
      spent.addAndGet(bytes);
    }

    @Override
    public void close() {
      if (lease != null) {
        lease.release(reserved);
      }
      reserved = 0;
    }
  }

  /** Once there was no room for long, the other reads of the response do not wait for it. */
  private void reserveWaiting(ResponseMemory.Lease lease, long bytes) {
    try {
      lease.reserve(bytes, noRoom ? Duration.ZERO : MAX_WAIT_OF_READ);
    } catch (ApiException e) {
      noRoom = true;
      throw e;
    }
  }

  /**
   * Counts what will be made of the rows that were read. Waits until the account and the process
   * have room for it, so that no more is made at once.
   *
   * @throws ApiException {@code unavailable} if there is no room for long
   */
  public void beginMaking(long bytes) {
    if (lease == null || subscription) {
      hold(bytes);
    } else {
      reserveWaiting(lease, bytes);
      spent.addAndGet(bytes);
    }
  }

  /** The bytes that the first rows of the next statement's lists may have beyond that. */
  public long reserve() {
    return Math.max(0, RESERVE * max - Math.max(0, spent.get() - max));
  }

  /** Whether nothing was read yet: the response then gets one row, however large it is. */
  public boolean isUntouched() {
    return spent.get() == 0;
  }

  /**
   * Counts what was read.
   *
   * @throws ApiException {@code unavailable} if the account or the process has no room for it now
   */
  public void spend(long bytes) {
    spent.addAndGet(bytes);
    if (lease != null) {
      if (subscription) {
        lease.set(Math.max(spent.get(), lastEvent));
      } else {
        lease.reserve(bytes);
      }
    }
  }

  /**
   * Counts something that cannot end early.
   *
   * @param advice what to ask for instead
   * @throws ApiException {@code too_large} if it does not fit, unless it is the first
   */
  public void spendOrRefuse(long bytes, String advice) {
    if (!isUntouched() && spent.get() + bytes > max) {
      throw tooLarge(advice);
    }
    spend(bytes);
  }

  /** The bytes that a complete response may have: some more than what was read, if that is more. */
  public long maxOfComplete() {
    return Math.max(max, spent.get() + spent.get() / 4);
  }

  /**
   * Counts a response that is complete, before it is written: fields are written as often as they
   * are selected.
   *
   * @param bytes as written
   * @throws ApiException {@code too_large} if they are more than the maximum, and more than was
   *     read
   */
  public void complete(long bytes) {
    if (bytes > maxOfComplete()) {
      throw tooLarge("ask for fewer fields or smaller pages");
    }
    long more = bytes - spent.get();
    if (more > SMALL) {
      spend(more);
    } else if (more > 0) {
      hold(more);
    }
  }

  /** Counts bytes that are written in any case, because they report a completed change. */
  public void hold(long bytes) {
    spent.addAndGet(bytes);
    if (lease != null) {
      lease.set(Math.max(spent.get(), lastEvent));
    }
  }

  /**
   * Counts the response once more, because it is copied before it is written.
   *
   * @throws ApiException {@code unavailable} if the account or the process has no room for it now
   */
  public void copy() {
    long bytes = spent.get();
    if (lease == null) {
      return;
    }
    if (subscription || bytes <= SMALL) {
      lease.set(Math.max(2 * bytes, lastEvent));
    } else {
      lease.reserve(bytes);
    }
  }

  /** The error for a response that cannot end early. */
  public ApiException tooLarge(String advice) {
    return ApiException.of(
        ErrorCode.TOO_LARGE,
        "The response would have more than %d MiB; %s".formatted(max >> 20, advice));
  }

  /**
   * Begins the next result of a subscription; waits for room.
   *
   * @param weight of what it is about, in bytes; the last result tells how much is made of it
   * @throws ApiException {@code unavailable} if there is no room for long
   */
  public void beginEvent(long weight) {
    subscription = true;
    spent.set(0);
    if (lease != null) {
      lease.reserve(Math.max(2 * weight, lastEvent), MAX_WAIT_OF_EVENT);
    }
  }

  /** The client has taken the result of a subscription. */
  public void endEvent() {
    lastEvent = spent.get();
    if (lease != null) {
      lease.close();
    }
  }

  /** Says that the client is being sent the response, over a connection that is known. */
  public void writing() {
    if (connection != null && spent.get() >= MIN_SLOW_BYTES) {
      writing(connection.get());
    }
  }

  /**
   * Says that the client is being sent the response.
   *
   * @param disconnect how it is disconnected if it is slow and there is no room for others
   */
  public void writing(Runnable disconnect) {
    if (lease != null) {
      lease.writing(disconnect);
    }
  }

  /** The response is written. */
  @Override
  public void close() {
    if (lease != null) {
      lease.close();
    }
  }
}
