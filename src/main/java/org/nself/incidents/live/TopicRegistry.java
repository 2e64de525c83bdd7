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
  static final Duration SWEEP = Duration.ofSeconds(2);

  /** And while none can: the listening connection is down, or there is to be none. */
  static final Duration POLL = Duration.ofMillis(250);

  /** A sweep that takes long comes less often: it has this part of the time, */
  private static final int SWEEP_SHARE = 20;

  /** but is not kept waiting longer than this: it may have been slow by chance. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private static final Duration RETRY = Duration.ofMillis(500);

  private record Followed(TopicReader<?> channel, int watches) {}

  private record Group(String account, TopicKind<?> kind) {}

  /** How many may read at a time to catch up. */
  private static final int CATCHING_UP = 4;

  private final LiveExecutors threads;
  private final Semaphore catchingUp = new Semaphore(CATCHING_UP);
  private final Map<Topic<?>, Followed> topics = new ConcurrentHashMap<>();
  private final Map<String, TopicReader<?>> byHint = new ConcurrentHashMap<>();

  TopicRegistry(LiveExecutors threads) {
    this.threads = threads;
  }

  /** Tells the watcher all that comes after the cursor, until the watch is closed. */
  <E> TopicSubscription<E> watch(Topic<E> topic, long cursor, TopicSubscriber<E> watcher) {
    @SuppressWarnings("unchecked") // Only channels of the same topic are kept under it.
    TopicReader<E> channel =
        (TopicReader<E>)
            Objects.requireNonNull(topics.compute(topic, (_, followed) -> oneMore(topic, followed)))
                .channel();
    TopicSubscription<E> watch = new TopicSubscription<>(this, channel, watcher, cursor);
    watch.start();
    return watch;
  }

  private Followed oneMore(Topic<?> topic, @Nullable Followed followed) {
    if (followed != null) {
      return new Followed(followed.channel(), followed.watches() + 1);
    }
    TopicReader<?> channel = new TopicReader<>(topic, threads);
    byHint.put(topic.hint(), channel);
    return new Followed(channel, 1);
  }

  <E> void forget(TopicSubscription<E> watch) {
    TopicReader<E> channel = watch.channel();
    channel.leave(watch);
    topics.computeIfPresent(
        channel.topic(),
        (topic, followed) -> {
          if (followed.watches() > 1) {
            return new Followed(followed.channel(), followed.watches() - 1);
          }
          byHint.remove(topic.hint(), followed.channel());
          return null;
        });
  }

  /** Says that a topic has grown. */
  void hint(String key) {
    @Nullable TopicReader<?> channel = byHint.get(key);
    if (channel != null) {
      channel.hint();
    }
  }

  /**
   * Reads a page for one who catches up. Few at a time: a page can be large, and when thousands
   * come back at once the others need the database as well.
   */
  <T> T catchUp(Supplier<T> read) {
    catchingUp.acquireUninterruptibly();
    try {
      return read.get();
    } finally {
      catchingUp.release();
    }
  }

  int topics() {
    return topics.size();
  }

  void execute(Runnable work) {
    threads.execute(work);
  }

  /** Runs it again in a moment. */
  void later(Runnable work) {
    threads.later(RETRY, work);
  }

  /**
   * Looks once at all that is followed, and hints what has grown.
   *
   * @return how long to wait before the next
   */
  Duration sweep(Duration interval) {
    long start = System.nanoTime();
    Map<Group, List<TopicReader<?>>> groups = new HashMap<>();
    for (Followed followed : topics.values()) {
      TopicReader<?> channel = followed.channel();
      if (channel.isFollowed()) {
        groups
            .computeIfAbsent(
                new Group(channel.topic().account(), channel.topic().kind()),
                _ -> new ArrayList<>())
            .add(channel);
      }
    }
    try {
      groups.forEach(TopicRegistry::sweep);
    } catch (ApiException unavailable) {
      log.debug("The sweep has to wait: {}", unavailable.getMessage());
    }
    Duration share = Duration.ofNanos((System.nanoTime() - start) * SWEEP_SHARE);
    if (share.compareTo(LONGEST_PAUSE) > 0) {
      share = LONGEST_PAUSE;
    }
    return interval.compareTo(share) > 0 ? interval : share;
  }

  private static void sweep(Group group, List<TopicReader<?>> channels) {
    Map<String, Long> ends =
        group
            .kind()
            .ends(group.account(), channels.stream().map(channel -> channel.topic().id()).toList());
    for (TopicReader<?> channel : channels) {
      @Nullable Long end = ends.get(channel.topic().id());
      if (end != null && end > channel.head()) {
        channel.hint();
      }
    }
  }
}
