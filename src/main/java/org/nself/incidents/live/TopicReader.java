package org.nself.incidents.live;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.IntSupplier;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one topic for all its subscribers in this process. A hint makes it read from its position
 * on and offer the entries to those who have caught up.
 */
final class TopicReader<E> {

  private static final Logger log = LoggerFactory.getLogger(TopicReader.class);

  /** Entries per read. */
  private static final int BATCH_SIZE = 200;

  /** Bytes per read; all subscribers share the entries. */
  private static final int MAX_BATCH_BYTES = 512 * 1024;

  private final Topic<E> topic;
  private final Executor executor;
  private final IntSupplier timeline;

  @GuardedBy("this")
  private final List<TopicSubscription<E>> subscriptions = new ArrayList<>(2);

  @GuardedBy("this")
  private long position;

  @GuardedBy("this")
  private boolean reading;

  @GuardedBy("this")
  private boolean rereadRequested;

  /**
   * @param timeline see {@link TopicRegistry#timeline()}
   */
  TopicReader(Topic<E> topic, Executor executor, IntSupplier timeline) {
    this.topic = topic;
    this.executor = executor;
    this.timeline = timeline;
  }

  Topic<E> topic() {
    return topic;
  }

  /**
   * Offers the subscription all entries after the position returned, from now on. Where that is
   * beyond the subscription's own cursor, it reads the entries in between itself.
   *
   * @param cursor the position up to which the subscription has read
   */
  synchronized long join(TopicSubscription<E> subscription, long cursor) {
    if (subscriptions.isEmpty()) {
      position = Math.max(position, cursor);
    }
    subscriptions.add(subscription);
    return position;
  }

  /**
   * Goes back to a position after which there is nothing: a subscriber joined with a cursor beyond
   * the end. Subscribers skip the entries that they already have.
   */
  void rewindTo(long end) {
    synchronized (this) {
      position = Math.min(position, end);
    }
    hint();
  }

  synchronized void remove(TopicSubscription<E> subscription) {
    subscriptions.remove(subscription);
  }

  /** The position of the last entry read. */
  synchronized long position() {
    return position;
  }

  synchronized boolean hasSubscribers() {
    return !subscriptions.isEmpty();
  }

  /** Says that there may be more to read. Returns at once. */
  void hint() {
    synchronized (this) {
      rereadRequested = true;
      if (reading || subscriptions.isEmpty()) {
        return;
      }
      reading = true;
    }
    executor.execute(this::read);
  }

  private void read() {
    while (true) {
      long after;
      synchronized (this) {
        after = position;
        rereadRequested = false;
      }
      boolean done;
      try {
        int from;
        TopicKind.EntryBatch<TopicEntry<E>> batch;
        do {
          from = timeline.getAsInt();
          batch = entries(topic, after, BATCH_SIZE, MAX_BATCH_BYTES);
        } while (timeline.getAsInt() != from);
        done = deliver(batch, from);
      } catch (ApiException unavailable) {
        // The position stays, so polling finds that the topic has more.
        log.debug("Cannot read {}: {}", topic, unavailable.getMessage());
        stopReading();
        return;
      } catch (Throwable e) {
        log.error("Reading {} failed", topic, e);
        // Each reads for itself, fails on the entry that cannot be read, and tells its client.
        stopReading().forEach(TopicSubscription::detach);
        return;
      }
      if (done) {
        return;
      }
    }
  }

  /**
   * Lets every subscription read from its own cursor, after it has checked that the primary has
   * what it has delivered.
   */
  void detachAll() {
    List<TopicSubscription<E>> all;
    synchronized (this) {
      all = List.copyOf(subscriptions);
      position = 0;
    }
    all.forEach(TopicSubscription::detach);
  }

  private synchronized List<TopicSubscription<E>> stopReading() {
    reading = false;
    return List.copyOf(subscriptions);
  }

  /** Returns whether there is nothing more to read now. */
  private synchronized boolean deliver(TopicKind.EntryBatch<TopicEntry<E>> batch, int from) {
    List<TopicEntry<E>> entries = batch.entries();
    if (!entries.isEmpty()) {
      position = Math.max(position, entries.getLast().position());
      // A copy: a subscription whose buffer is full leaves during the offer.
      for (TopicSubscription<E> subscription : List.copyOf(subscriptions)) {
        subscription.offer(entries, from);
      }
    }
    boolean done = !batch.more() && !rereadRequested;
    reading = !done && !subscriptions.isEmpty();
    return !reading;
  }

  static <E> TopicKind.EntryBatch<TopicEntry<E>> entries(
      Topic<E> topic, long after, int atMost, int maxBytes) {
    TopicKind<E> kind = topic.kind();
    TopicKind.EntryBatch<E> read = kind.read(topic.account(), topic.id(), after, atMost, maxBytes);
    return new TopicKind.EntryBatch<>(
        read.entries().stream()
            .map(
                value ->
                    new TopicEntry<>(
                        value, kind.position(value), kind.check(value), kind.weight(value)))
            .toList(),
        read.more());
  }
}
