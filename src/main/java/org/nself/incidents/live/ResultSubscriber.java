package org.nself.incidents.live;

import graphql.ExecutionResult;
import graphql.GraphQLError;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.graphql.GraphQlExceptionResolver;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.execution.SubscriptionPublisherException;

/**
 * Takes the results of one GraphQL subscription to a transport. Asks for all there is: what holds
 * the source back is that writing blocks.
 */
public final class ResultSubscriber implements Subscriber<ExecutionResult>, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ResultSubscriber.class);

  /** A transport, as one subscription sees it. */
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

  public ResultSubscriber(ResultSink out) {
    this.sink = out;
  }

  @Override
  public void onSubscribe(Subscription begun) {
    subscription = begun;
    if (closed.get()) {
      begun.cancel();
    } else {
      begun.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(ExecutionResult result) {
    if (closed.get()) {
      return;
    }
    try {
      sink.next(result);
    } catch (IOException e) {
      log.debug("A subscriber is gone: {}", e.getMessage());
      close();
      sink.disconnected();
    }
  }

  @Override
  public void onError(Throwable thrown) {
    if (closed.compareAndSet(false, true)) {
      if (thrown instanceof SubscriptionPublisherException known) {
        sink.error(known.getErrors());
      } else {
        log.error("A subscription failed", thrown);
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

  /** Cancels it; the transport hears no more. May be repeated. */
  @Override
  public void close() {
    closed.set(true);
    @Nullable Subscription begun = subscription;
    if (begun != null) {
      begun.cancel();
    }
  }
}
