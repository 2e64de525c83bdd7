package org.nself.incidents.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.graphql.GraphQlExceptionResolver;
import org.nself.incidents.web.response.ResponseMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subscriber of one topic: its cursor and a small buffer. It has a thread only while there is
 * something to deliver.
 *
 * <p>It first reads from its cursor to the end, then joins the topic's reader. When the buffer is
 * full it detaches from the reader, clears the buffer and reads from its cursor again: a slow
 * subscriber delays neither the others nor takes more memory than the buffer.
 */
final class TopicSubscription<E> implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(TopicSubscription.class);

  static final int MAX_BUFFERED_ENTRIES = 256;

  /** In bytes. */
  static final int MAX_BUFFERED_WEIGHT = 256 * 1024;

  /** Entries per read while catching up. */
  private static final int PAGE_SIZE = 100;

  /** Bytes of a page, except where one entry has more. */
  private static final int MAX_PAGE_WEIGHT = 64 * 1024;

  private final TopicRegistry registry;
  private final TopicReader<E> reader;
  private final TopicSubscriber<E> subscriber;

  /** Holds the entries in the buffer and those that are being delivered. */
  private final ResponseMemory.Lease held;

  /** The position of the last entry delivered. Used by the delivering thread only. */
  private long position;

  /** The check of that entry; 0 if it is not known. Used by the delivering thread only. */
  private long check;

  /** The timeline on which the position is known to be. Written by the delivering thread only. */
  private volatile int timeline;

  /**
   * The reader had read up to here before this subscription joined it. Used by the delivering
   * thread only.
   */
  private long catchUpUntil;

  @GuardedBy("this")
  private @Nullable Deque<TopicEntry<E>> buffer;

  @GuardedBy("this")
  private int bufferedWeight;

  @GuardedBy("this")
  private boolean joined;

  @GuardedBy("this")
  private boolean running;

  @GuardedBy("this")
  private boolean closed;

  TopicSubscription(
      TopicRegistry registry,
      TopicReader<E> reader,
      TopicSubscriber<E> subscriber,
      LiveService.TopicPosition<E> from) {
    this.registry = registry;
    this.reader = reader;
    this.subscriber = subscriber;
    this.position = from.after();
    this.check = from.check();
    this.timeline = registry.timeline();
    this.held = registry.lease(reader.topic());
  }

  TopicReader<E> reader() {
    return reader;
  }

  synchronized void start() {
    runIfIdle();
  }

  /**
   * Buffers what the reader has read. Never blocks.
   *
   * @param from the timeline that it was read from
   */
  void offer(List<TopicEntry<E>> batch, int from) {
    if (from != timeline) {
      // Another primary, which may not have what was delivered before.
      detach();
      return;
    }
    boolean overflow;
    synchronized (this) {
      if (!joined || closed) {
        return;
      }
      int weight = 0;
      for (TopicEntry<E> entry : batch) {
        weight += entry.weight();
      }
      overflow = !held.tryReserve(weight);
      if (!overflow) {
        if (buffer == null) {
          buffer = new ArrayDeque<>(batch.size());
        }
        buffer.addAll(batch);
        bufferedWeight += weight;
        overflow = buffer.size() > MAX_BUFFERED_ENTRIES || bufferedWeight > MAX_BUFFERED_WEIGHT;
        runIfIdle();
      }
    }
    if (overflow) {
      detach();
    }
  }

  /** Leaves the reader and catches up from the cursor again. */
  void detach() {
    synchronized (this) {
      if (!joined || closed) {
        return;
      }
      joined = false;
      clearBuffer();
      runIfIdle();
    }
    reader.remove(this);
  }

  @GuardedBy("this")
  private void runIfIdle() {
    if (!running) {
      running = true;
      registry.execute(this::run);
    }
  }

  @GuardedBy("this")
  private void clearBuffer() {
    buffer = null;
    held.release(bufferedWeight);
    bufferedWeight = 0;
  }

  private enum Step {
    CATCH_UP,
    DELIVER,
    IDLE
  }

  private void run() {
    try {
      while (true) {
        switch (nextStep()) {
          case CATCH_UP -> {
            if (!catchUp()) {
              registry.retryLater(this::run);
              return;
            }
          }
          case DELIVER -> {
            @Nullable TopicEntry<E> next = pollBuffer();
            if (next != null) {
              try {
                held.writing(subscriber::disconnect);
                deliver(next);
              } finally {
                held.written();
                held.release(next.weight());
              }
            }
          }
          case IDLE -> {
            return;
          }
        }
      }
    } catch (IOException e) {
      log.debug("A subscriber of {} is disconnected: {}", reader.topic(), e.getMessage());
      close();
      subscriber.failed(ApiException.unavailable("The connection is closed"));
    } catch (Throwable e) {
      log.error("Delivering {} to a subscriber failed", reader.topic(), e);
      close();
      subscriber.failed(GraphQlExceptionResolver.internalError());
    }
  }

  private synchronized Step nextStep() {
    if (!closed && (!joined || position < catchUpUntil)) {
      return Step.CATCH_UP;
    }
    if (closed || buffer == null) {
      running = false;
      return Step.IDLE;
    }
    return Step.DELIVER;
  }

  private synchronized @Nullable TopicEntry<E> pollBuffer() {
    @Nullable TopicEntry<E> next = buffer == null ? null : buffer.poll();
    if (next == null) {
      // Most subscriptions are idle; their empty buffers would add up.
      clearBuffer();
    } else {
      bufferedWeight -= next.weight();
    }
    return next;
  }

  /**
   * Delivers a page from the cursor; false where the database is unavailable, or where there is no
   * room for the page because clients are slow.
   */
  private boolean catchUp() throws IOException {
    try {
      held.reserve(MAX_PAGE_WEIGHT);
    } catch (ApiException noRoom) {
      log.debug("Cannot read {}: {}", reader.topic(), noRoom.getMessage());
      return false;
    }
    long reserved = MAX_PAGE_WEIGHT;
    TopicKind.EntryBatch<TopicEntry<E>> page;
    try {
      int current = registry.timeline();
      if (current != timeline && !registry.catchUp(reader.topic().account(), this::isKnown)) {
        close();
        subscriber.failed(ApiException.cursorLost());
        return true;
      }
      timeline = current;
      page = registry.catchUp(reader.topic().account(), this::readPage);
      if (registry.timeline() != timeline) {
        // What was read may be of another primary: the next turn checks first.
        return true;
      }
      long weight = page.entries().stream().mapToLong(TopicEntry::weight).sum();
      held.release(reserved - weight);
      reserved = weight;
      held.writing(subscriber::disconnect);
      for (TopicEntry<E> entry : page.entries()) {
        deliver(entry);
      }
    } catch (ApiException unavailable) {
      log.debug("Cannot read {}: {}", reader.topic(), unavailable.getMessage());
      return false;
    } finally {
      held.written();
      held.release(reserved);
    }
    if (page.more()) {
      return true;
    }
    if (!isJoined()) {
      join();
    } else if (position < catchUpUntil) {
      // The reader's position lies beyond the end of the topic: a subscriber joined with such a
      // cursor. All entries that exist have been delivered here.
      catchUpUntil = position;
      reader.rewindTo(position);
    }
    return true;
  }

  /** Whether the topic still has what was delivered last. */
  private boolean isKnown() {
    Topic<E> topic = reader.topic();
    return position == 0 || topic.kind().contains(topic.account(), topic.id(), position, check);
  }

  /** Reads at least one entry, and not much more than one large one: the client may be slow. */
  private TopicKind.EntryBatch<TopicEntry<E>> readPage() {
    return TopicReader.entries(reader.topic(), position, PAGE_SIZE, MAX_PAGE_WEIGHT);
  }

  private synchronized boolean isJoined() {
    return joined;
  }

  private void join() {
    synchronized (this) {
      if (joined || closed) {
        return;
      }
      joined = true;
    }
    catchUpUntil = reader.join(this, position);
    boolean closedMeanwhile;
    synchronized (this) {
      closedMeanwhile = closed;
    }
    if (closedMeanwhile) {
      reader.remove(this);
    } else {
      // For what was committed between our last read and joining.
      reader.hint();
    }
  }

  private void deliver(TopicEntry<E> entry) throws IOException {
    if (entry.position() <= position) {
      return;
    }
    Topic<E> topic = reader.topic();
    Topic<E> owner = topic.kind().topic(entry.value(), topic.id());
    if (!owner.equals(topic)) {
      throw new IllegalStateException("Read an entry of %s for %s".formatted(owner, topic));
    }
    subscriber.next(entry);
    position = entry.position();
    check = entry.check();
  }

  /** Delivers nothing more, except an entry that is being delivered now. Idempotent. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      clearBuffer();
    }
    registry.unsubscribe(this);
  }
}
