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
  static final int BATCH = 200;

  private final Topic<E> topic;
  private final Executor threads;

  // All below are guarded by this.
  private final List<TopicSubscription<E>> live = new ArrayList<>(2);
  private long head;
  private boolean reading;
  private boolean again;

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
    if (live.isEmpty()) {
      head = Math.max(head, cursor);
    }
    live.add(watch);
    return head;
  }

  /**
   * Comes back to a place after which there is nothing: somebody joined from beyond the end. What
   * is read again because of it, others have seen and leave out.
   */
  void rewindTo(long place) {
    synchronized (this) {
      head = Math.min(head, place);
    }
    hint();
  }

  synchronized void leave(TopicSubscription<E> watch) {
    live.remove(watch);
  }

  /** Up to where it has read; the sweep compares. */
  synchronized long head() {
    return head;
  }

  synchronized boolean isFollowed() {
    return !live.isEmpty();
  }

  /** Says that there may be more to read. Returns at once. */
  void hint() {
    synchronized (this) {
      again = true;
      if (reading || live.isEmpty()) {
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
        after = head;
        again = false;
      }
      List<TopicEntry<E>> batch;
      try {
        batch = entries(topic, after, BATCH);
      } catch (ApiException unavailable) {
        // Nothing is lost: head stays, and the sweep sees that the topic goes further.
        log.debug("{} cannot be read now: {}", topic, unavailable.getMessage());
        stopped();
        return;
      } catch (RuntimeException e) {
        log.error("Reading {} failed", topic, e);
        // Each finds out by itself what it is that cannot be read, and tells its client.
        stopped().forEach(TopicSubscription::detach);
        return;
      }
      if (deliver(batch)) {
        return;
      }
    }
  }

  private synchronized List<TopicSubscription<E>> stopped() {
    reading = false;
    return List.copyOf(live);
  }

  /** Whether there is nothing more to read now. */
  private synchronized boolean deliver(List<TopicEntry<E>> batch) {
    if (!batch.isEmpty()) {
      head = Math.max(head, batch.getLast().position());
      // One that is full leaves while it is offered.
      for (TopicSubscription<E> watch : List.copyOf(live)) {
        watch.offer(batch);
      }
    }
    boolean done = batch.size() < BATCH && !again;
    reading = !done && !live.isEmpty();
    return !reading;
  }

  static <E> List<TopicEntry<E>> entries(Topic<E> topic, long after, int atMost) {
    TopicKind<E> kind = topic.kind();
    return kind.read(topic.account(), topic.id(), after, atMost).stream()
        .map(value -> new TopicEntry<>(value, kind.position(value)))
        .toList();
  }
}
