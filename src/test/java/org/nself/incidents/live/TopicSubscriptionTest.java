package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.web.error.ApiException;

/** Watching a list of numbers that can be made unreadable. */
class TopicSubscriptionTest {

  private final LiveExecutors threads = new LiveExecutors();
  private final TopicRegistry hub = new TopicRegistry(threads);
  private final Numbers numbers = new Numbers();
  private final Told told = new Told();

  @AfterEach
  void stop() {
    threads.close();
  }

  @Test
  void whatIsWrittenAfterAHintIsTold() {
    try (TopicSubscription<Integer> _ = hub.subscribe(numbers.topic(), 0, told)) {
      numbers.end.set(3);
      hub.hint(numbers.topic().key());
      told.expect("1", "2", "3");
    }
  }

  @Test
  void aFaultOfOursIsToldToEachWatcherInsteadOfLeavingItWaiting() {
    Told second = new Told();
    numbers.end.set(1);
    try (TopicSubscription<Integer> _ = hub.subscribe(numbers.topic(), 0, told);
        TopicSubscription<Integer> _ = hub.subscribe(numbers.topic(), 0, second)) {
      told.expect("1");
      second.expect("1");
      numbers.fault = new IllegalStateException("A word that this version does not know");
      Eventually.until(
          Duration.ofSeconds(10),
          "both to be told",
          () -> {
            hub.hint(numbers.topic().key());
            return !told.said.isEmpty() && !second.said.isEmpty();
          });
      told.expect("Internal error; the log of the service says more");
      second.expect("Internal error; the log of the service says more");
    }
    assertThat(hub.topics()).isZero();
  }

  @Test
  void anOutageOfTheDatabaseIsWaitedFor() {
    numbers.end.set(1);
    try (TopicSubscription<Integer> _ = hub.subscribe(numbers.topic(), 0, told)) {
      told.expect("1");
      numbers.fault = ApiException.unavailable("The database cannot be reached");
      numbers.end.set(2);
      int before = numbers.reads.get();
      hub.hint(numbers.topic().key());
      Eventually.until(Duration.ofSeconds(10), "a read", () -> numbers.reads.get() > before);
      numbers.fault = null;
      Eventually.until(
          Duration.ofSeconds(10),
          "the sweep to find it",
          () -> {
            hub.poll(Duration.ofSeconds(1));
            return !told.said.isEmpty();
          });
      told.expect("2");
    }
  }

  @Test
  void whoCatchesUpHoldsLittleMoreThanOneLargeEntry() {
    numbers.weight = 40_000;
    numbers.end.set(250);
    try (TopicSubscription<Integer> _ = hub.subscribe(numbers.topic(), 0, told)) {
      told.expect(IntStream.rangeClosed(1, 250).mapToObj(String::valueOf).toArray(String[]::new));
      assertThat(numbers.reads.get())
          .as("reads, where a page may have 64 Ki characters")
          .isGreaterThanOrEqualTo(250);
    }
  }

  /** Knows 1 to {@code end}. */
  private static final class Numbers implements TopicKind<Integer> {
    private final AtomicInteger end = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private volatile @Nullable RuntimeException fault;
    private volatile int weight = 1;

    Topic<Integer> topic() {
      return new Topic<>(this, "account", "list");
    }

    @Override
    public String name() {
      return "numbers";
    }

    @Override
    public List<Integer> read(String account, String id, long after, int atMost) {
      reads.incrementAndGet();
      @Nullable RuntimeException thrown = fault;
      if (thrown != null) {
        throw thrown;
      }
      return IntStream.rangeClosed((int) after + 1, end.get()).limit(atMost).boxed().toList();
    }

    @Override
    public Map<String, Long> lastPositions(String account, List<String> ids) {
      return Map.of("list", (long) end.get());
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

  private static final class Told implements TopicSubscriber<Integer> {
    private final BlockingQueue<String> said = new LinkedBlockingQueue<>();

    @Override
    public void next(TopicEntry<Integer> entry) {
      said.add(entry.value().toString());
    }

    @Override
    public void failed(ApiException problem) {
      said.add(problem.detail());
    }

    void expect(String... lines) {
      for (String line : lines) {
        Eventually.until(Duration.ofSeconds(10), line, () -> !said.isEmpty());
        assertThat(said.poll()).isEqualTo(line);
      }
    }
  }
}
