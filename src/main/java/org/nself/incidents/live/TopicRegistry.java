package org.nself.incidents.live;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.server.ClusterGuard;
import org.nself.incidents.fairness.FairLimiter;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.response.ResponseMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topics with subscribers in this process, and the polling for changes without a hint. */
final class TopicRegistry {

  private static final Logger log = LoggerFactory.getLogger(TopicRegistry.class);

  /** While notifications arrive: how late a change without a hint may be found. */
  static final Duration POLL_INTERVAL = Duration.ofSeconds(2);

  /**
   * While no notifications can arrive: the listening connection is lost, disabled, or a pooler's.
   * An event then takes no longer than 300 ms.
   */
  static final Duration POLL_INTERVAL_WITHOUT_NOTIFY = Duration.ofMillis(150);

  /**
   * After a poll there is a pause of this many times its duration, so that slow polls take a
   * twentieth of the time at most.
   */
  private static final int PAUSE_FACTOR = 20;

  /** The same while only polling finds changes: a fifth of the time. */
  private static final int PAUSE_FACTOR_WITHOUT_NOTIFY = 4;

  /** A poll counts as slow if this many before it were too: one may be slow by chance. */
  private static final int POLLS_BEFORE = 3;

  private static final Duration MAX_PAUSE = Duration.ofSeconds(5);

  private static final Duration RETRY_DELAY = Duration.ofMillis(500);

  /** Pages may be large, and after a restart thousands of clients catch up at once. */
  private static final int MAX_CATCH_UP_READS = 4;

  private record SubscribedTopic(TopicReader<?> reader, int subscriptions) {}

  private record Group(String account, TopicKind<?> kind) {}

  private final LiveExecutors executors;
  private final ResponseMemory memory;
  private final ClusterGuard cluster;
  private final FairLimiter catchUpReads;
  private final Map<Topic<?>, SubscribedTopic> topics = new ConcurrentHashMap<>();
  private final Map<String, TopicReader<?>> readersByKey = new ConcurrentHashMap<>();

  /** Of the last polls; confined to the thread that polls. */
  private final ArrayDeque<Long> pollNanos = new ArrayDeque<>();

  TopicRegistry(
      LiveExecutors executors, ResponseMemory memory, ClusterGuard cluster, MeterRegistry metrics) {
    this.executors = executors;
    this.cluster = cluster;
    this.memory = memory;
    cluster.onPromotion(this::onPromotion);
    this.catchUpReads =
        new FairLimiter(
            new FairLimiter.Options(MAX_CATCH_UP_READS, "").withoutTimeout(),
            "nself_incident_live_catch_up_queue",
            "reading what subscriptions have missed",
            Tags.empty(),
            metrics);
  }

  /** For the entries of a topic that wait for a subscriber. */
  ResponseMemory.Lease lease(Topic<?> topic) {
    return memory.lease(topic.account());
  }

  /** Delivers all entries after the cursor, until the subscription is closed. */
  <E> TopicSubscription<E> subscribe(
      LiveService.TopicPosition<E> from, TopicSubscriber<E> subscriber) {
    Topic<E> topic = from.topic();
    @SuppressWarnings("unchecked") // The reader under a topic is a reader of that topic.
    TopicReader<E> reader =
        (TopicReader<E>)
            Objects.requireNonNull(
                    topics.compute(topic, (_, current) -> addSubscription(topic, current)))
                .reader();
    TopicSubscription<E> subscription = new TopicSubscription<>(this, reader, subscriber, from);
    subscription.start();
    return subscription;
  }

  private SubscribedTopic addSubscription(Topic<?> topic, @Nullable SubscribedTopic current) {
    if (current != null) {
      return new SubscribedTopic(current.reader(), current.subscriptions() + 1);
    }
    TopicReader<?> reader = new TopicReader<>(topic, executors, cluster::timeline);
    readersByKey.put(topic.key(), reader);
    return new SubscribedTopic(reader, 1);
  }

  <E> void unsubscribe(TopicSubscription<E> subscription) {
    TopicReader<E> reader = subscription.reader();
    reader.remove(subscription);
    topics.computeIfPresent(
        reader.topic(),
        (topic, current) -> {
          if (current.subscriptions() > 1) {
            return new SubscribedTopic(current.reader(), current.subscriptions() - 1);
          }
          readersByKey.remove(topic.key(), current.reader());
          return null;
        });
  }

  /** Changes when another server becomes the primary, before anything is read from it. */
  int timeline() {
    return cluster.timeline();
  }

  /**
   * Has every subscription check that the new primary has what it has delivered. Returns at once.
   */
  private void onPromotion() {
    topics.values().forEach(topic -> topic.reader().detachAll());
  }

  /** Says that a topic has grown. */
  void hint(String key) {
    @Nullable TopicReader<?> reader = readersByKey.get(key);
    if (reader != null) {
      reader.hint();
    }
  }

  /** Runs a read of a subscription that catches up; few run at a time, accounts by turns. */
  <T> T catchUp(String account, Supplier<T> read) {
    return catchUpReads.run(account, read);
  }

  int topics() {
    return topics.size();
  }

  void execute(Runnable task) {
    executors.execute(task);
  }

  void retryLater(Runnable task) {
    executors.schedule(RETRY_DELAY, task);
  }

  /**
   * Checks once all topics with subscribers, and hints those that have grown. Called by one thread.
   *
   * @param notified whether notifications arrive, so that polling finds only what they missed
   * @return how long to wait before the next poll
   */
  Duration poll(boolean notified) {
    long start = System.nanoTime();
    Map<Group, List<TopicReader<?>>> groups = new HashMap<>();
    for (SubscribedTopic topic : topics.values()) {
      TopicReader<?> reader = topic.reader();
      if (reader.hasSubscribers()) {
        groups
            .computeIfAbsent(
                new Group(reader.topic().account(), reader.topic().kind()), _ -> new ArrayList<>())
            .add(reader);
      }
    }
    for (Map.Entry<Group, List<TopicReader<?>>> group : groups.entrySet()) {
      try {
        poll(group.getKey(), group.getValue());
      } catch (ApiException unavailable) {
        log.debug("Polling stops until the next interval: {}", unavailable.getMessage());
        break;
      } catch (Throwable e) {
        log.error("Polling {} failed", group.getKey(), e);
      }
    }
    pollNanos.add(System.nanoTime() - start);
    if (pollNanos.size() > 1 + POLLS_BEFORE) {
      pollNanos.remove();
    }
    Duration interval = notified ? POLL_INTERVAL : POLL_INTERVAL_WITHOUT_NOTIFY;
    int factor = notified ? PAUSE_FACTOR : PAUSE_FACTOR_WITHOUT_NOTIFY;
    Duration pause = Duration.ofNanos(Collections.min(pollNanos) * factor);
    return Collections.max(List.of(interval, Collections.min(List.of(pause, MAX_PAUSE))));
  }

  private static void poll(Group group, List<TopicReader<?>> readers) {
    Map<String, Long> last =
        group
            .kind()
            .lastPositions(
                group.account(), readers.stream().map(reader -> reader.topic().id()).toList());
    for (TopicReader<?> reader : readers) {
      @Nullable Long position = last.get(reader.topic().id());
      if (position != null && position > reader.position()) {
        reader.hint();
      }
    }
  }
}
