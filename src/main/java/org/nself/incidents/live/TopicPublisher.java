package org.nself.incidents.live;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * A topic subscription as a Reactive Streams publisher, for GraphQL. A virtual thread calls the
 * subscriber and blocks while nothing is requested, so back pressure makes the subscription leave
 * its reader instead of growing a queue.
 */
final class TopicPublisher<E> implements Publisher<E> {

  private final TopicRegistry registry;
  private final QuotaCounter quota;
  private final QuotaCounter complexities;
  private final int complexity;
  private final DeliveryTurns turns;
  private final LiveService.TopicPosition<E> from;
  private final ResponseSizeBudget budget;

  /**
   * @param quota of subscriptions
   * @param complexities what the results of all subscriptions of an account may cost in sum
   * @param complexity what a result of this one costs
   * @param budget of each result that is made of an entry
   */
  TopicPublisher(
      TopicRegistry registry,
      QuotaCounter quota,
      QuotaCounter complexities,
      int complexity,
      DeliveryTurns turns,
      LiveService.TopicPosition<E> from,
      ResponseSizeBudget budget) {
    this.budget = budget;
    this.registry = registry;
    this.quota = quota;
    this.complexities = complexities;
    this.complexity = complexity;
    this.turns = turns;
    this.from = from;
  }

  @Override
  public void subscribe(Subscriber<? super E> subscriber) {
    PublisherSubscription subscription = new PublisherSubscription(subscriber);
    try {
      acquireQuota();
    } catch (ApiException exceeded) {
      subscriber.onSubscribe(subscription);
      subscriber.onError(exceeded);
      return;
    }
    subscription.quotaAcquired = true;
    subscriber.onSubscribe(subscription);
    subscription.start();
  }

  private void acquireQuota() {
    quota.acquire(from.topic().account());
    boolean acquired = false;
    try {
      complexities.acquire(from.topic().account(), complexity);
      acquired = true;
    } finally {
      if (!acquired) {
        quota.release(from.topic().account());
      }
    }
  }

  private final class PublisherSubscription implements Subscription, TopicSubscriber<E> {

    /** Requests are counted up to here; more is treated as unbounded. */
    private static final int UNBOUNDED = 1 << 30;

    private final Subscriber<? super E> subscriber;
    private final Semaphore requested = new Semaphore(0);
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean quotaAcquired;
    private volatile @Nullable TopicSubscription<E> source;

    PublisherSubscription(Subscriber<? super E> subscriber) {
      this.subscriber = subscriber;
    }

    void start() {
      if (!ended.get()) {
        TopicSubscription<E> started = registry.subscribe(from, this);
        source = started;
        if (ended.get()) {
          started.close();
        }
      }
    }

    @Override
    public void request(long n) {
      int more = (int) Math.min(n, UNBOUNDED);
      if (requested.availablePermits() < UNBOUNDED) {
        requested.release(more);
      }
    }

    @Override
    public void cancel() {
      end();
    }

    private boolean end() {
      if (!ended.compareAndSet(false, true)) {
        return false;
      }
      if (quotaAcquired) {
        quota.release(from.topic().account());
        complexities.release(from.topic().account(), complexity);
      }
      @Nullable TopicSubscription<E> started = source;
      if (started != null) {
        started.close();
      }
      // Wakes the thread that may be blocked in next().
      requested.release();
      return true;
    }

    @Override
    public void next(TopicEntry<E> entry) throws IOException {
      requested.acquireUninterruptibly();
      if (ended.get()) {
        throw new IOException("The subscription is cancelled");
      }
      try {
        budget.beginEvent(entry.weight());
        turns.run(from.topic().account(), () -> subscriber.onNext(entry.value()));
      } catch (ApiException noRoom) {
        throw new IOException(noRoom);
      } finally {
        budget.endEvent();
      }
    }

    @Override
    public void disconnect() {
      // The result that is made of the entry has a lease of its own.
    }

    @Override
    public void failed(ApiException error) {
      if (end()) {
        subscriber.onError(error);
      }
    }
  }
}
