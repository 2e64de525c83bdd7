package org.nself.incidents.live;

import graphql.ExecutionResult;
import graphql.GraphQLError;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.graphql.GraphQlExceptionResolver;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.server.WebGraphQlHandler;
import org.springframework.graphql.server.WebGraphQlRequest;
import org.springframework.graphql.server.WebGraphQlResponse;
import org.springframework.http.HttpHeaders;

/** Runs GraphQL operations that did not come as a request of their own. */
public final class GraphQlOperationRunner {

  private static final Logger log = LoggerFactory.getLogger(GraphQlOperationRunner.class);

  private static final URI ENDPOINT = URI.create("/graphql");

  private final WebGraphQlHandler handler;
  private final Executor threads;

  GraphQlOperationRunner(WebGraphQlHandler handler, Executor threads) {
    this.handler = handler;
    this.threads = threads;
  }

  /** Runs it in a thread of its own. All that comes of it goes to {@code out}. */
  public void run(
      Caller caller,
      String id,
      Map<String, @Nullable Object> payload,
      ResultSubscriber subscriber,
      ResultSubscriber.ResultSink out) {
    threads.execute(
        () -> {
          try {
            forwardResults(execute(caller, id, payload), subscriber, out);
          } catch (ApiException problem) {
            out.error(errors(problem));
          } catch (RuntimeException e) {
            log.error("An operation failed", e);
            out.error(errors(GraphQlExceptionResolver.internalError()));
          }
        });
  }

  private WebGraphQlResponse execute(
      Caller caller, String id, Map<String, @Nullable Object> payload) {
    WebGraphQlRequest request =
        new WebGraphQlRequest(
            ENDPOINT,
            HttpHeaders.EMPTY,
            null,
            null,
            Map.of(Caller.ATTRIBUTE, caller),
            requireValid(payload),
            id,
            null);
    return Objects.requireNonNull(handler.handleRequest(request).block());
  }

  private static Map<String, Object> requireValid(Map<String, @Nullable Object> payload) {
    if (!(payload.get("query") instanceof String query) || query.isBlank()) {
      throw ApiException.malformed("query", "must be the text of an operation");
    }
    for (String object : List.of("variables", "extensions")) {
      @Nullable Object value = payload.get(object);
      if (value != null && !(value instanceof Map)) {
        throw ApiException.malformed(object, "must be an object");
      }
    }
    @Nullable Object name = payload.get("operationName");
    if (name != null && !(name instanceof String)) {
      throw ApiException.malformed("operationName", "must be a text");
    }
    @SuppressWarnings("unchecked")
    Map<String, Object> body = (Map<String, Object>) (Map<String, ?>) payload;
    return body;
  }

  /** Hands on the results of an operation: many of a subscription, one of any other. */
  public static void forwardResults(
      WebGraphQlResponse response, ResultSubscriber subscriber, ResultSubscriber.ResultSink out) {
    ExecutionResult result = response.getExecutionResult();
    if (result.getData() instanceof Publisher<?>) {
      @SuppressWarnings("unchecked") // What graphql-java gives for a subscription.
      Publisher<ExecutionResult> results = (Publisher<ExecutionResult>) result.getData();
      results.subscribe(subscriber);
    } else if (result.getData() == null && !result.getErrors().isEmpty()) {
      out.error(result.getErrors());
    } else {
      try {
        out.next(result);
        out.complete();
      } catch (IOException e) {
        log.debug("A client is gone: {}", e.getMessage());
        out.disconnected();
      }
    }
  }

  public List<GraphQLError> errors(ApiException problem) {
    return List.of(GraphQlExceptionResolver.error(problem));
  }
}
