package org.nself.incidents.live;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A topic that this process follows: one reader, however many watch. Reads when it is hinted, from
 * where it stopped, and hands on to those who have caught up.
 */
final class TopicReader<E> {

  private static final Logger log = LoggerFactory.getLogger(TopicReader.class);

  /** Entries a read. */
  static final int BATCH_SIZE = 200;

  private final Topic<E> topic;
  private final Executor threads;

  // All below are guarded by this.
  private final List<TopicSubscription<E>> subscriptions = new ArrayList<>(2);
  private long position;
  private boolean reading;
  private boolean rereadRequested;

  TopicReader(Topic<E> topic, Executor threads) {
    this.topic = topic;
    this.threads = threads;
  }

  Topic<E> topic() {
    return topic;
  }

  /**
   * Hands the watch all that comes after the place returned, from now on. Where that is beyond the
   * watch's own cursor, it reads the rest itself.
   *
   * @param cursor up to where the watch has read
   */
  synchronized long join(TopicSubscription<E> watch, long cursor) {
    if (subscriptions.isEmpty()) {
      position = Math.max(position, cursor);
    }
    subscriptions.add(watch);
    return position;
  }

  /**
   * Comes back to a place after which there is nothing: somebody joined from beyond the end. What
   * is read again because of it, others have seen and leave out.
   */
  void rewindTo(long place) {
    synchronized (this) {
      position = Math.min(position, place);
    }
    hint();
  }

  synchronized void leave(TopicSubscription<E> watch) {
    subscriptions.remove(watch);
  }

  /** Up to where it has read; the sweep compares. */
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
    threads.execute(this::read);
  }

  private void read() {
    while (true) {
      long after;
      synchronized (this) {
        after = position;
        rereadRequested = false;
      }
      List<TopicEntry<E>> batch;
      try {
        batch = entries(topic, after, BATCH_SIZE);
      } catch (ApiException unavailable) {
        // Nothing is lost: head stays, and the sweep sees that the topic goes further.
        log.debug("{} cannot be read now: {}", topic, unavailable.getMessage());
        stopReading();
        return;
      } catch (RuntimeException e) {
        log.error("Reading {} failed", topic, e);
        // Each finds out by itself what it is that cannot be read, and tells its client.
        stopReading().forEach(TopicSubscription::detach);
        return;
      }
      if (deliver(batch)) {
        return;
      }
    }
  }

  private synchronized List<TopicSubscription<E>> stopReading() {
    reading = false;
    return List.copyOf(subscriptions);
  }

  /** Whether there is nothing more to read now. */
  private synchronized boolean deliver(List<TopicEntry<E>> batch) {
    if (!batch.isEmpty()) {
      position = Math.max(position, batch.getLast().position());
      // One that is full leaves while it is offered.
      for (TopicSubscription<E> watch : List.copyOf(subscriptions)) {
        watch.offer(batch);
      }
    }
    boolean done = batch.size() < BATCH_SIZE && !rereadRequested;
    reading = !done && !subscriptions.isEmpty();
    return !reading;
  }

  static <E> List<TopicEntry<E>> entries(Topic<E> topic, long after, int atMost) {
    TopicKind<E> kind = topic.kind();
    return kind.read(topic.account(), topic.id(), after, atMost).stream()
        .map(value -> new TopicEntry<>(value, kind.position(value)))
        .toList();
  }
}
