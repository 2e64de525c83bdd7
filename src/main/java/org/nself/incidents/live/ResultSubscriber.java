package org.nself.incidents.live;

import graphql.ExecutionResult;
import graphql.GraphQLError;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.graphql.GraphQlExceptionResolver;
import org.nself.incidents.web.graphql.GraphQlResponseSize;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.execution.SubscriptionPublisherException;

/**
 * Forwards the results of one GraphQL subscription to a transport. Requests are unbounded: back
 * pressure is that the sink blocks.
 */
public final class ResultSubscriber implements Subscriber<ExecutionResult>, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ResultSubscriber.class);

  /** A transport, as one operation sees it. */
  public interface ResultSink {

    void next(ExecutionResult result) throws IOException;

    void error(List<GraphQLError> errors);

    void complete();

    /** The client is gone. */
    void disconnected();
  }

  private final ResultSink sink;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable Subscription subscription;
  private volatile @Nullable ResponseSizeBudget budget;
  private volatile @Nullable Runnable disconnect;

  public ResultSubscriber(ResultSink sink) {
    this.sink = sink;
  }

  /**
   * Subscribes.
   *
   * @param budget of each result
   * @param disconnect disconnects the client where it is slow and there is no room for others
   */
  void subscribeTo(
      Publisher<ExecutionResult> results, ResponseSizeBudget budget, Runnable disconnect) {
    this.budget = budget;
    this.disconnect = disconnect;
    results.subscribe(this);
  }

  @Override
  public void onSubscribe(Subscription started) {
    subscription = started;
    if (closed.get()) {
      started.cancel();
    } else {
      started.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(ExecutionResult result) {
    if (closed.get()) {
      return;
    }
    try {
      ResponseSizeBudget ofResult = Objects.requireNonNull(budget);
      ExecutionResult completed = GraphQlResponseSize.complete(result, ofResult);
      ofResult.copy();
      ofResult.writing(Objects.requireNonNull(disconnect));
      sink.next(completed);
    } catch (IOException e) {
      log.debug("The client of a subscription is disconnected: {}", e.getMessage());
      close();
      sink.disconnected();
    }
  }

  @Override
  public void onError(Throwable error) {
    if (closed.compareAndSet(false, true)) {
      if (error instanceof SubscriptionPublisherException known) {
        sink.error(known.getErrors());
      } else {
        log.error("A subscription failed", error);
        sink.error(
            List.of(GraphQlExceptionResolver.error(GraphQlExceptionResolver.internalError())));
      }
    }
  }

  @Override
  public void onComplete() {
    if (closed.compareAndSet(false, true)) {
      sink.complete();
    }
  }

  /** Cancels the subscription; the sink gets nothing more. Idempotent. */
  @Override
  public void close() {
    closed.set(true);
    @Nullable Subscription started = subscription;
    if (started != null) {
      started.cancel();
    }
  }
}
