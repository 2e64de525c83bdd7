package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nself.incidents.database.server.ClusterGuard;
import org.nself.incidents.database.server.ServerState;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.graphql.GraphQlExceptionResolver;
import org.nself.incidents.web.response.ResponseMemory;

/** Subscriptions to a list of numbers that can be made unreadable. */
class TopicSubscriptionTest {

  private final LiveExecutors executors = new LiveExecutors();
  private final ClusterGuard cluster = new ClusterGuard(1);
  private final TopicRegistry registry =
      new TopicRegistry(
          executors,
          new ResponseMemory(64 << 20, new SimpleMeterRegistry()),
          cluster,
          new SimpleMeterRegistry());
  private final Numbers numbers = new Numbers();
  private final RecordingSubscriber subscriber = new RecordingSubscriber();

  TopicSubscriptionTest() {
    onTimeline(1);
  }

  private void onTimeline(int timeline) {
    assertThat(
            cluster.observe(
                new ServerState(
                    180_000, "18", "UTF8", "d", "u", false, false, false, 1L, timeline)))
        .isNull();
  }

  @AfterEach
  void stop() {
    executors.close();
  }

  @Test
  void entriesAreDeliveredAfterAHint() {
    try (TopicSubscription<Integer> _ = registry.subscribe(numbers.from(0), subscriber)) {
      numbers.end.set(3);
      registry.hint(numbers.topic().key());
      subscriber.expect("1", "2", "3");
    }
  }

  @Test
  void anExceptionWhileReadingIsReportedToEachSubscriber() {
    expectInternalErrorAfter(
        () -> {
          throw new IllegalStateException("Unknown value");
        });
  }

  @Test
  void anErrorWhileReadingIsReportedToEachSubscriber() {
    expectInternalErrorAfter(
        () -> {
          throw new StackOverflowError();
        });
  }

  private void expectInternalErrorAfter(Runnable failure) {
    RecordingSubscriber second = new RecordingSubscriber();
    numbers.end.set(1);
    try (TopicSubscription<Integer> _ = registry.subscribe(numbers.from(0), subscriber);
        TopicSubscription<Integer> _ = registry.subscribe(numbers.from(0), second)) {
      subscriber.expect("1");
      second.expect("1");
      numbers.failure = failure;
      Eventually.until(
          Duration.ofSeconds(10),
          "both to be notified",
          () -> {
            registry.hint(numbers.topic().key());
            return !subscriber.received.isEmpty() && !second.received.isEmpty();
          });
      String detail = GraphQlExceptionResolver.internalError().detail();
      subscriber.expect(detail);
      second.expect(detail);
    }
    assertThat(registry.topics()).isZero();
  }

  @Test
  void aTopicThatCannotBePolledDoesNotKeepOthersFromBeingPolled() {
    List<TopicSubscription<Integer>> broken = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Numbers other = new Numbers();
      RecordingSubscriber joined = new RecordingSubscriber();
      other.end.set(1);
      broken.add(registry.subscribe(other.from(0), joined));
      joined.expect("1");
      other.pollFailure =
          () -> {
            throw new StackOverflowError();
          };
    }
    numbers.end.set(1);
    try (TopicSubscription<Integer> _ = registry.subscribe(numbers.from(0), subscriber)) {
      subscriber.expect("1");
      numbers.end.set(2);
      Eventually.until(
          Duration.ofSeconds(10),
          "polling to find it",
          () -> {
            registry.poll(true);
            return !subscriber.received.isEmpty();
          });
      subscriber.expect("2");
    }
    broken.forEach(TopicSubscription::close);
  }

  @Test
  void oneSlowPollDoesNotDelayTheNextButSlowPollsInARowDo() {
    Duration shortest = TopicRegistry.POLL_INTERVAL_WITHOUT_NOTIFY;
    assertThat(registry.poll(false)).isEqualTo(shortest);
    numbers.end.set(1);
    try (TopicSubscription<Integer> _ = registry.subscribe(numbers.from(0), subscriber)) {
      subscriber.expect("1");
      numbers.pollFailure = () -> LockSupport.parkNanos(Duration.ofMillis(120).toNanos());
      assertThat(registry.poll(false)).as("after one slow poll").isEqualTo(shortest);
      Duration slow = shortest;
      for (int i = 0; i < 3; i++) {
        slow = registry.poll(false);
      }
      assertThat(slow)
          .as("after four slow polls: a fifth of the time is polling")
          .isGreaterThanOrEqualTo(Duration.ofMillis(480));
      assertThat(registry.poll(true))
          .as("where notifications arrive: a twentieth")
          .isGreaterThanOrEqualTo(Duration.ofMillis(2_400));
    }
  }

  @Test
  void aPeriodicTaskThatThrowsRunsAgain() {
    AtomicInteger runs = new AtomicInteger();
    executors.scheduleAtFixedRate(
        Duration.ofMillis(10),
        () -> {
          runs.incrementAndGet();
          throw new StackOverflowError();
        });
    Eventually.until(Duration.ofSeconds(10), "a third run", () -> runs.get() >= 3);
  }

  @Test
  void notificationsContinueAfterAnUnexpectedError() {
    AtomicInteger calls = new AtomicInteger();
    List<String> sent = new CopyOnWriteArrayList<>();
    ChangeNotifier notifier =
        new ChangeNotifier(
            payload -> {
              if (calls.getAndIncrement() == 0) {
                throw new StackOverflowError();
              }
              sent.add(payload);
            },
            executors);
    notifier.send("lost");
    Eventually.until(Duration.ofSeconds(10), "the first to be sent", () -> calls.get() == 1);
    notifier.send("next");
    Eventually.until(Duration.ofSeconds(10), "the next", () -> sent.equals(List.of("next")));
  }

  @Test
  void deliveryContinuesAfterTheDatabaseWasUnavailable() {
    numbers.end.set(1);
    try (TopicSubscription<Integer> _ = registry.subscribe(numbers.from(0), subscriber)) {
      subscriber.expect("1");
      numbers.failure =
          () -> {
            throw ApiException.unavailable("The database is unavailable");
          };
      numbers.end.set(2);
      int before = numbers.reads.get();
      registry.hint(numbers.topic().key());
      Eventually.until(Duration.ofSeconds(10), "a read", () -> numbers.reads.get() > before);
      numbers.failure = null;
      Eventually.until(
          Duration.ofSeconds(10),
          "polling to find it",
          () -> {
            registry.poll(true);
            return !subscriber.received.isEmpty();
          });
      subscriber.expect("2");
    }
  }

  @Test
  void catchingUpBuffersLittleMoreThanOneLargeEntry() {
    numbers.weight = 40_000;
    numbers.end.set(250);
    try (TopicSubscription<Integer> _ = registry.subscribe(numbers.from(0), subscriber)) {
      subscriber.expect(
          IntStream.rangeClosed(1, 250).mapToObj(String::valueOf).toArray(String[]::new));
      assertThat(numbers.reads.get())
          .as("reads, where a page may have 64 Ki characters")
          .isGreaterThanOrEqualTo(250);
    }
  }

  @Test
  void aPromotionIsNotNoticedByWhoIsNotAhead() {
    try (TopicSubscription<Integer> _ = registry.subscribe(numbers.from(0), subscriber)) {
      numbers.end.set(3);
      registry.hint(numbers.topic().key());
      subscriber.expect("1", "2", "3");
      onTimeline(2);
      numbers.end.set(4);
      registry.hint(numbers.topic().key());
      subscriber.expect("4");
    }
  }

  @Test
  void whoIsAheadOfANewPrimaryIsTold() {
    try (TopicSubscription<Integer> _ = registry.subscribe(numbers.from(0), subscriber)) {
      numbers.end.set(3);
      registry.hint(numbers.topic().key());
      subscriber.expect("1", "2", "3");
      numbers.end.set(2);
      onTimeline(2);
      subscriber.expect("cursor_lost");
    }
  }

  @Test
  void whoHasAnotherEntryAtItsPositionThanANewPrimaryIsTold() {
    try (TopicSubscription<Integer> _ = registry.subscribe(numbers.from(0), subscriber)) {
      numbers.end.set(3);
      registry.hint(numbers.topic().key());
      subscriber.expect("1", "2", "3");
      numbers.checks.set(2);
      numbers.end.set(9);
      onTimeline(2);
      subscriber.expect("cursor_lost");
    }
  }

  /** Knows 1 to {@code end}. */
  private static final class Numbers implements TopicKind<Integer> {
    private final AtomicInteger end = new AtomicInteger();
    private final AtomicInteger checks = new AtomicInteger(1);
    private final AtomicInteger reads = new AtomicInteger();
    private volatile @Nullable Runnable failure;
    private volatile @Nullable Runnable pollFailure;
    private volatile int weight = 1;

    Topic<Integer> topic() {
      return new Topic<>(this, "account", "list");
    }

    @Override
    public String name() {
      return "numbers";
    }

    @Override
    public EntryBatch<Integer> read(
        String account, String id, long after, int atMost, int maxBytes) {
      reads.incrementAndGet();
      run(failure);
      int most = Math.clamp(maxBytes / weight, 1, atMost);
      return new EntryBatch<>(
          IntStream.rangeClosed((int) after + 1, end.get()).limit(most).boxed().toList(),
          end.get() - after > most);
    }

    @Override
    public Map<String, Long> lastPositions(String account, List<String> ids) {
      run(pollFailure);
      return Map.of("list", (long) end.get());
    }

    private static void run(@Nullable Runnable failing) {
      if (failing != null) {
        failing.run();
      }
    }

    @Override
    public long check(Integer entry) {
      return 1 + (long) entry * checks.get();
    }

    @Override
    public boolean contains(String account, String id, long position, long check) {
      return position <= end.get() && (check == 0 || check == check((int) position));
    }

    LiveService.TopicPosition<Integer> from(long after) {
      return new LiveService.TopicPosition<>(topic(), after, 0);
    }

    @Override
    public long position(Integer entry) {
      return entry;
    }

    @Override
    public Topic<Integer> topic(Integer entry, String id) {
      return topic();
    }

    @Override
    public int weight(Integer entry) {
      return weight;
    }
  }

  private static final class RecordingSubscriber implements TopicSubscriber<Integer> {
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @Override
    public void disconnect() {
      received.add("disconnected");
    }

    @Override
    public void next(TopicEntry<Integer> entry) {
      received.add(entry.value().toString());
    }

    @Override
    public void failed(ApiException error) {
      received.add(error.code() == ErrorCode.CURSOR_LOST ? error.code().value() : error.detail());
    }

    void expect(String... lines) {
      for (String line : lines) {
        Eventually.until(Duration.ofSeconds(10), line, () -> !received.isEmpty());
        assertThat(received.poll()).isEqualTo(line);
      }
    }
  }
}
