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
  static final int MAX_WAITING = 256;

  static final int MAX_WEIGHT = 256 * 1024;

  /** Entries read at a time to catch up, and the characters in those that are kept. */
  private static final int PAGE = 100;

  private static final int PAGE_WEIGHT = 64 * 1024;

  private final TopicRegistry hub;
  private final TopicReader<E> channel;
  private final TopicSubscriber<E> watcher;

  /** The place of the last entry told. Belongs to the thread that tells. */
  private long cursor;

  /** What the channel handed on before we joined it ends here. Belongs to the thread that tells. */
  private long catchUpUntil;

  // All below are guarded by this.
  private @Nullable Deque<TopicEntry<E>> waiting;
  private int weight;
  private boolean live;
  private boolean telling;
  private boolean closed;

  TopicSubscription(
      TopicRegistry hub, TopicReader<E> channel, TopicSubscriber<E> watcher, long cursor) {
    this.hub = hub;
    this.channel = channel;
    this.watcher = watcher;
    this.cursor = cursor;
  }

  TopicReader<E> channel() {
    return channel;
  }

  void start() {
    synchronized (this) {
      telling = true;
    }
    hub.execute(this::deliver);
  }

  /** Takes what the channel read. Never blocks. */
  void offer(List<TopicEntry<E>> batch) {
    boolean overflow;
    synchronized (this) {
      if (!live || closed) {
        return;
      }
      if (waiting == null) {
        waiting = new ArrayDeque<>(batch.size());
      }
      waiting.addAll(batch);
      for (TopicEntry<E> entry : batch) {
        weight += channel.topic().kind().weight(entry.value());
      }
      overflow = waiting.size() > MAX_WAITING || weight > MAX_WEIGHT;
      work();
    }
    if (overflow) {
      detach();
    }
  }

  /** Leaves the channel, to read from its cursor again. */
  void detach() {
    synchronized (this) {
      if (!live || closed) {
        return;
      }
      live = false;
      clearBuffer();
      work();
    }
    channel.leave(this);
  }

  /** Only under its lock. */
  private void work() {
    if (!telling) {
      telling = true;
      hub.execute(this::deliver);
    }
  }

  private void clearBuffer() {
    waiting = null;
    weight = 0;
  }

  private enum Step {
    READ_ON,
    TELL,
    REST
  }

  private void deliver() {
    try {
      while (true) {
        switch (step()) {
          case READ_ON -> {
            if (!readOn()) {
              hub.later(this::deliver);
              return;
            }
          }
          case TELL -> {
            @Nullable TopicEntry<E> next = next();
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
      log.debug("A watcher of {} is gone: {}", channel.topic(), e.getMessage());
      close();
      watcher.failed(ApiException.unavailable("The connection is gone"));
    } catch (RuntimeException e) {
      log.error("Telling a watcher of {} failed", channel.topic(), e);
      close();
      watcher.failed(
          ApiException.of(ErrorCode.INTERNAL, "Internal error; the log of the service says more"));
    }
  }

  private synchronized Step step() {
    if (!closed && (!live || cursor < catchUpUntil)) {
      return Step.READ_ON;
    }
    if (closed || waiting == null) {
      telling = false;
      return Step.REST;
    }
    return Step.TELL;
  }

  private synchronized @Nullable TopicEntry<E> next() {
    @Nullable TopicEntry<E> next = waiting == null ? null : waiting.poll();
    if (next == null) {
      // Idle watchers are many; their buffers would add up.
      clearBuffer();
    } else {
      weight -= channel.topic().kind().weight(next.value());
    }
    return next;
  }

  /** Reads a page from the cursor; false where the database cannot be read now. */
  private boolean readOn() throws IOException {
    Page<E> page;
    try {
      page = hub.catchUp(this::page);
    } catch (ApiException unavailable) {
      log.debug("{} cannot be read now: {}", channel.topic(), unavailable.getMessage());
      return false;
    }
    for (TopicEntry<E> entry : page.entries()) {
      deliver(entry);
    }
    if (!page.isLast()) {
      return true;
    }
    if (!isLive()) {
      join();
    } else if (cursor < catchUpUntil) {
      // What the channel had handed on, we would have read: it waits beyond the end.
      catchUpUntil = cursor;
      channel.rewindTo(cursor);
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
  private Page<E> page() {
    List<TopicEntry<E>> read = TopicReader.entries(channel.topic(), cursor, PAGE);
    int count = 0;
    int sum = 0;
    for (TopicEntry<E> entry : read) {
      sum += channel.topic().kind().weight(entry.value());
      if (count > 0 && sum > PAGE_WEIGHT) {
        return new Page<>(List.copyOf(read.subList(0, count)), false);
      }
      count++;
    }
    return new Page<>(read, read.size() < PAGE);
  }

  private synchronized boolean isLive() {
    return live;
  }

  private void join() {
    synchronized (this) {
      if (live || closed) {
        return;
      }
      live = true;
    }
    catchUpUntil = channel.join(this, cursor);
    boolean late;
    synchronized (this) {
      late = closed;
    }
    if (late) {
      channel.leave(this);
    } else {
      // For what was committed after our last read and before we joined.
      channel.hint();
    }
  }

  private void deliver(TopicEntry<E> entry) throws IOException {
    if (entry.position() <= cursor) {
      return;
    }
    Topic<E> topic = channel.topic();
    Topic<E> real = topic.kind().topic(entry.value(), topic.id());
    if (!real.equals(topic)) {
      throw new IllegalStateException("An entry of " + real + " was about to be told as " + topic);
    }
    watcher.next(entry);
    cursor = entry.position();
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
    hub.forget(this);
  }
}
