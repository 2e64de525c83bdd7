package org.nself.incidents.live;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * A watch as GraphQL wants it. The subscriber is called by a virtual thread that waits while
 * nothing is requested: waiting is what makes the watch leave its channel, not a queue that grows.
 */
final class TopicPublisher<E> implements Publisher<E> {

  private final TopicRegistry registry;
  private final QuotaCounter subscriptions;
  private final Topic<E> topic;
  private final long after;

  TopicPublisher(TopicRegistry hub, QuotaCounter subscriptions, Topic<E> topic, long after) {
    this.registry = hub;
    this.subscriptions = subscriptions;
    this.topic = topic;
    this.after = after;
  }

  @Override
  public void subscribe(Subscriber<? super E> subscriber) {
    PublisherSubscription subscribed = new PublisherSubscription(subscriber);
    try {
      subscriptions.acquire(topic.account());
    } catch (ApiException problem) {
      subscriber.onSubscribe(subscribed);
      subscriber.onError(problem);
      return;
    }
    subscribed.taken = true;
    subscriber.onSubscribe(subscribed);
    subscribed.begin();
  }

  private final class PublisherSubscription implements Subscription, TopicSubscriber<E> {

    /** More is as good as all there is. */
    private static final int MANY = 1 << 30;

    private final Subscriber<? super E> subscriber;
    private final Semaphore requested = new Semaphore(0);
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile boolean taken;
    private volatile @Nullable TopicSubscription<E> watch;

    PublisherSubscription(Subscriber<? super E> subscriber) {
      this.subscriber = subscriber;
    }

    void begin() {
      if (!over.get()) {
        TopicSubscription<E> begun = registry.subscribe(topic, after, this);
        watch = begun;
        if (over.get()) {
          begun.close();
        }
      }
    }

    @Override
    public void request(long n) {
      int more = (int) Math.min(n, MANY);
      if (requested.availablePermits() < MANY) {
        requested.release(more);
      }
    }

    @Override
    public void cancel() {
      end();
    }

    private boolean end() {
      if (!over.compareAndSet(false, true)) {
        return false;
      }
      if (taken) {
        subscriptions.release(topic.account());
      }
      @Nullable TopicSubscription<E> begun = watch;
      if (begun != null) {
        begun.close();
      }
      // For the thread that may be waiting in next().
      requested.release();
      return true;
    }

    @Override
    public void next(TopicEntry<E> entry) throws IOException {
      requested.acquireUninterruptibly();
      if (over.get()) {
        throw new IOException("The subscription is cancelled");
      }
      subscriber.onNext(entry.value());
    }

    @Override
    public void failed(ApiException problem) {
      if (end()) {
        subscriber.onError(problem);
      }
    }
  }
}
