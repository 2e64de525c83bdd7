package org.nself.incidents.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All topics that this process follows, and the sweep that makes up for hints that never came. */
final class TopicRegistry {

  private static final Logger log = LoggerFactory.getLogger(TopicRegistry.class);

  /** How long what was not hinted may wait, while hints come in. */
  static final Duration POLL_INTERVAL = Duration.ofSeconds(2);

  /** And while none can: the listening connection is down, or there is to be none. */
  static final Duration UNNOTIFIED_POLL_INTERVAL = Duration.ofMillis(250);

  /** A sweep that takes long comes less often: it has this part of the time, */
  private static final int MAX_POLL_SHARE = 20;

  /** but is not kept waiting longer than this: it may have been slow by chance. */
  private static final Duration MAX_POLL_INTERVAL = Duration.ofSeconds(5);

  private static final Duration RETRY_DELAY = Duration.ofMillis(500);

  private record SubscribedTopic(TopicReader<?> channel, int watches) {}

  private record Group(String account, TopicKind<?> kind) {}

  /** How many may read at a time to catch up. */
  private static final int MAX_CATCH_UP_READS = 4;

  private final LiveExecutors threads;
  private final Semaphore catchUpReads = new Semaphore(MAX_CATCH_UP_READS);
  private final Map<Topic<?>, SubscribedTopic> topics = new ConcurrentHashMap<>();
  private final Map<String, TopicReader<?>> readersByKey = new ConcurrentHashMap<>();

  TopicRegistry(LiveExecutors threads) {
    this.threads = threads;
  }

  /** Tells the watcher all that comes after the cursor, until the watch is closed. */
  <E> TopicSubscription<E> subscribe(Topic<E> topic, long cursor, TopicSubscriber<E> watcher) {
    @SuppressWarnings("unchecked") // Only channels of the same topic are kept under it.
    TopicReader<E> channel =
        (TopicReader<E>)
            Objects.requireNonNull(
                    topics.compute(topic, (_, followed) -> addSubscription(topic, followed)))
                .channel();
    TopicSubscription<E> watch = new TopicSubscription<>(this, channel, watcher, cursor);
    watch.start();
    return watch;
  }

  private SubscribedTopic addSubscription(Topic<?> topic, @Nullable SubscribedTopic followed) {
    if (followed != null) {
      return new SubscribedTopic(followed.channel(), followed.watches() + 1);
    }
    TopicReader<?> channel = new TopicReader<>(topic, threads);
    readersByKey.put(topic.key(), channel);
    return new SubscribedTopic(channel, 1);
  }

  <E> void unsubscribe(TopicSubscription<E> watch) {
    TopicReader<E> channel = watch.reader();
    channel.leave(watch);
    topics.computeIfPresent(
        channel.topic(),
        (topic, followed) -> {
          if (followed.watches() > 1) {
            return new SubscribedTopic(followed.channel(), followed.watches() - 1);
          }
          readersByKey.remove(topic.key(), followed.channel());
          return null;
        });
  }

  /** Says that a topic has grown. */
  void hint(String key) {
    @Nullable TopicReader<?> channel = readersByKey.get(key);
    if (channel != null) {
      channel.hint();
    }
  }

  /**
   * Reads a page for one who catches up. Few at a time: a page can be large, and when thousands
   * come back at once the others need the database as well.
   */
  <T> T catchUp(Supplier<T> read) {
    catchUpReads.acquireUninterruptibly();
    try {
      return read.get();
    } finally {
      catchUpReads.release();
    }
  }

  int topics() {
    return topics.size();
  }

  void execute(Runnable work) {
    threads.execute(work);
  }

  /** Runs it again in a moment. */
  void retryLater(Runnable work) {
    threads.schedule(RETRY_DELAY, work);
  }

  /**
   * Looks once at all that is followed, and hints what has grown.
   *
   * @return how long to wait before the next
   */
  Duration poll(Duration interval) {
    long start = System.nanoTime();
    Map<Group, List<TopicReader<?>>> groups = new HashMap<>();
    for (SubscribedTopic followed : topics.values()) {
      TopicReader<?> channel = followed.channel();
      if (channel.hasSubscribers()) {
        groups
            .computeIfAbsent(
                new Group(channel.topic().account(), channel.topic().kind()),
                _ -> new ArrayList<>())
            .add(channel);
      }
    }
    try {
      groups.forEach(TopicRegistry::poll);
    } catch (ApiException unavailable) {
      log.debug("The sweep has to wait: {}", unavailable.getMessage());
    }
    Duration share = Duration.ofNanos((System.nanoTime() - start) * MAX_POLL_SHARE);
    if (share.compareTo(MAX_POLL_INTERVAL) > 0) {
      share = MAX_POLL_INTERVAL;
    }
    return interval.compareTo(share) > 0 ? interval : share;
  }

  private static void poll(Group group, List<TopicReader<?>> channels) {
    Map<String, Long> ends =
        group
            .kind()
            .lastPositions(
                group.account(), channels.stream().map(channel -> channel.topic().id()).toList());
    for (TopicReader<?> channel : channels) {
      @Nullable Long end = ends.get(channel.topic().id());
      if (end != null && end > channel.position()) {
        channel.hint();
      }
    }
  }
}
