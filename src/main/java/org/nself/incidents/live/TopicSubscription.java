package org.nself.incidents.live;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watcher of one topic: its cursor, and the few entries that wait for it. It has a thread only
 * while there is something to tell.
 *
 * <p>It begins by reading from its cursor to the end, then joins the channel. When its buffer is
 * full it leaves the channel, forgets the buffer and reads from its cursor again: a slow one costs
 * itself time, the others nothing and the heap no more than the buffer.
 */
final class TopicSubscription<E> implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(TopicSubscription.class);

  /** Entries that may wait for a watcher, and the characters in them. */
  static final int MAX_BUFFERED_ENTRIES = 256;

  static final int MAX_BUFFERED_WEIGHT = 256 * 1024;

  /** Entries read at a time to catch up, and the characters in those that are kept. */
  private static final int PAGE_SIZE = 100;

  private static final int MAX_PAGE_WEIGHT = 64 * 1024;

  private final TopicRegistry registry;
  private final TopicReader<E> reader;
  private final TopicSubscriber<E> subscriber;

  /** The place of the last entry told. Belongs to the thread that tells. */
  private long position;

  /** What the channel handed on before we joined it ends here. Belongs to the thread that tells. */
  private long catchUpUntil;

  // All below are guarded by this.
  private @Nullable Deque<TopicEntry<E>> buffer;
  private int bufferedWeight;
  private boolean joined;
  private boolean running;
  private boolean closed;

  TopicSubscription(
      TopicRegistry hub, TopicReader<E> channel, TopicSubscriber<E> watcher, long cursor) {
    this.registry = hub;
    this.reader = channel;
    this.subscriber = watcher;
    this.position = cursor;
  }

  TopicReader<E> reader() {
    return reader;
  }

  void start() {
    synchronized (this) {
      running = true;
    }
    registry.execute(this::deliver);
  }

  /** Takes what the channel read. Never blocks. */
  void offer(List<TopicEntry<E>> batch) {
    boolean overflow;
    synchronized (this) {
      if (!joined || closed) {
        return;
      }
      if (buffer == null) {
        buffer = new ArrayDeque<>(batch.size());
      }
      buffer.addAll(batch);
      for (TopicEntry<E> entry : batch) {
        bufferedWeight += reader.topic().kind().weight(entry.value());
      }
      overflow = buffer.size() > MAX_BUFFERED_ENTRIES || bufferedWeight > MAX_BUFFERED_WEIGHT;
      runIfIdle();
    }
    if (overflow) {
      detach();
    }
  }

  /** Leaves the channel, to read from its cursor again. */
  void detach() {
    synchronized (this) {
      if (!joined || closed) {
        return;
      }
      joined = false;
      clearBuffer();
      runIfIdle();
    }
    reader.leave(this);
  }

  /** Only under its lock. */
  private void runIfIdle() {
    if (!running) {
      running = true;
      registry.execute(this::deliver);
    }
  }

  private void clearBuffer() {
    buffer = null;
    bufferedWeight = 0;
  }

  private enum Step {
    READ_ON,
    TELL,
    REST
  }

  private void deliver() {
    try {
      while (true) {
        switch (nextStep()) {
          case READ_ON -> {
            if (!catchUp()) {
              registry.retryLater(this::deliver);
              return;
            }
          }
          case TELL -> {
            @Nullable TopicEntry<E> next = pollBuffer();
            if (next != null) {
              deliver(next);
            }
          }
          case REST -> {
            return;
          }
        }
      }
    } catch (IOException e) {
      log.debug("A watcher of {} is gone: {}", reader.topic(), e.getMessage());
      close();
      subscriber.failed(ApiException.unavailable("The connection is gone"));
    } catch (RuntimeException e) {
      log.error("Telling a watcher of {} failed", reader.topic(), e);
      close();
      subscriber.failed(
          ApiException.of(ErrorCode.INTERNAL, "Internal error; the log of the service says more"));
    }
  }

  private synchronized Step nextStep() {
    if (!closed && (!joined || position < catchUpUntil)) {
      return Step.READ_ON;
    }
    if (closed || buffer == null) {
      running = false;
      return Step.REST;
    }
    return Step.TELL;
  }

  private synchronized @Nullable TopicEntry<E> pollBuffer() {
    @Nullable TopicEntry<E> next = buffer == null ? null : buffer.poll();
    if (next == null) {
      // Idle watchers are many; their buffers would add up.
      clearBuffer();
    } else {
      bufferedWeight -= reader.topic().kind().weight(next.value());
    }
    return next;
  }

  /** Reads a page from the cursor; false where the database cannot be read now. */
  private boolean catchUp() throws IOException {
    Page<E> page;
    try {
      page = registry.catchUp(this::readPage);
    } catch (ApiException unavailable) {
      log.debug("{} cannot be read now: {}", reader.topic(), unavailable.getMessage());
      return false;
    }
    for (TopicEntry<E> entry : page.entries()) {
      deliver(entry);
    }
    if (!page.isLast()) {
      return true;
    }
    if (!isJoined()) {
      join();
    } else if (position < catchUpUntil) {
      // What the channel had handed on, we would have read: it waits beyond the end.
      catchUpUntil = position;
      reader.rewindTo(position);
    }
    return true;
  }

  /**
   * What comes next.
   *
   * @param isLast whether there is no more now
   */
  private record Page<E>(List<TopicEntry<E>> entries, boolean isLast) {}

  /** One entry at least, and not much more than the largest: the client may take its time. */
  private Page<E> readPage() {
    List<TopicEntry<E>> read = TopicReader.entries(reader.topic(), position, PAGE_SIZE);
    int count = 0;
    int sum = 0;
    for (TopicEntry<E> entry : read) {
      sum += reader.topic().kind().weight(entry.value());
      if (count > 0 && sum > MAX_PAGE_WEIGHT) {
        return new Page<>(List.copyOf(read.subList(0, count)), false);
      }
      count++;
    }
    return new Page<>(read, read.size() < PAGE_SIZE);
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
    boolean late;
    synchronized (this) {
      late = closed;
    }
    if (late) {
      reader.leave(this);
    } else {
      // For what was committed after our last read and before we joined.
      reader.hint();
    }
  }

  private void deliver(TopicEntry<E> entry) throws IOException {
    if (entry.position() <= position) {
      return;
    }
    Topic<E> topic = reader.topic();
    Topic<E> real = topic.kind().topic(entry.value(), topic.id());
    if (!real.equals(topic)) {
      throw new IllegalStateException("An entry of " + real + " was about to be told as " + topic);
    }
    subscriber.next(entry);
    position = entry.position();
  }

  /** Tells nothing more, but for what is being told now. May be repeated. */
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
