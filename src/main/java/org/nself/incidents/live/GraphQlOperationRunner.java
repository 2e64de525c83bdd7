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
import org.nself.incidents.web.graphql.GraphQlRequestInterceptor;
import org.nself.incidents.web.response.ResponseBudgets;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.server.WebGraphQlHandler;
import org.springframework.graphql.server.WebGraphQlRequest;
import org.springframework.graphql.server.WebGraphQlResponse;
import org.springframework.http.HttpHeaders;

/** Runs the GraphQL operations of all transports. */
public final class GraphQlOperationRunner {

  private static final Logger log = LoggerFactory.getLogger(GraphQlOperationRunner.class);
  private static final URI ENDPOINT = URI.create("/graphql");

  private final WebGraphQlHandler handler;
  private final Executor executor;
  private final ResponseBudgets budgets;
  private final DeliveryTurns turns;

  GraphQlOperationRunner(
      WebGraphQlHandler handler, Executor executor, ResponseBudgets budgets, DeliveryTurns turns) {
    this.handler = handler;
    this.executor = executor;
    this.budgets = budgets;
    this.turns = turns;
  }

  /** The transport has encoded a result and will write it now, which may take long. */
  public void beforeWrite() {
    turns.end();
  }

  /** Runs an operation in a thread of its own. All results and errors go to the sink. */
  public void run(
      Caller caller,
      String id,
      Map<String, @Nullable Object> payload,
      ResultSubscriber subscriber,
      ResultSubscriber.ResultSink sink) {
    executor.execute(
        () -> {
          // Closed when the result is written; that of a subscription is empty between results.
          try (ResponseSizeBudget budget = budgets.of(caller.account())) {
            forwardResults(
                execute(caller, id, requireValid(payload), budget, true),
                budget,
                subscriber,
                sink,
                () -> executor.execute(sink::disconnected));
          } catch (ApiException e) {
            sink.error(errors(e));
          } catch (Throwable e) {
            log.error("An operation failed", e);
            sink.error(errors(GraphQlExceptionResolver.internalError()));
          }
        });
  }

  /**
   * Runs an operation in this thread.
   *
   * @param id of the request, for logs
   * @param payload {@code query} and {@code variables}, valid
   * @param mutates whether a mutation is allowed
   */
  @SuppressWarnings("unchecked") // The framework allows values that are null.
  public WebGraphQlResponse execute(
      Caller caller,
      String id,
      Map<String, @Nullable Object> payload,
      ResponseSizeBudget budget,
      boolean mutates) {
    WebGraphQlRequest request =
        new WebGraphQlRequest(
            ENDPOINT,
            HttpHeaders.EMPTY,
            null,
            null,
            Map.of(
                Caller.ATTRIBUTE,
                caller,
                ResponseSizeBudget.ATTRIBUTE,
                budget,
                GraphQlRequestInterceptor.MUTATES,
                mutates),
            (Map<String, Object>) (Map<String, ?>) payload,
            id,
            null);
    return Objects.requireNonNull(handler.handleRequest(request).block());
  }

  private static Map<String, @Nullable Object> requireValid(Map<String, @Nullable Object> payload) {
    if (!(payload.get("query") instanceof String query) || query.isBlank()) {
      throw ApiException.malformed("query", "must be a string with a GraphQL document");
    }
    for (String object : List.of("variables", "extensions")) {
      @Nullable Object value = payload.get(object);
      if (value != null && !(value instanceof Map)) {
        throw ApiException.malformed(object, "must be an object");
      }
    }
    @Nullable Object name = payload.get("operationName");
    if (name != null && !(name instanceof String)) {
      throw ApiException.malformed("operationName", "must be a string");
    }
    return payload;
  }

  /**
   * Forwards the results of an operation: many of a subscription, one of a query or mutation.
   *
   * @param disconnect disconnects the client where it is slow and there is no room for others
   */
  public static void forwardResults(
      WebGraphQlResponse response,
      ResponseSizeBudget budget,
      ResultSubscriber subscriber,
      ResultSubscriber.ResultSink sink,
      Runnable disconnect) {
    ExecutionResult result = response.getExecutionResult();
    if (result.getData() instanceof Publisher<?>) {
      @SuppressWarnings("unchecked") // What graphql-java returns for a subscription.
      Publisher<ExecutionResult> results = (Publisher<ExecutionResult>) result.getData();
      subscriber.subscribeTo(results, budget, disconnect);
    } else if (result.getData() == null && !result.getErrors().isEmpty()) {
      sink.error(result.getErrors());
    } else {
      try {
        budget.copy();
        budget.writing(disconnect);
        sink.next(result);
        sink.complete();
      } catch (IOException e) {
        log.debug("The client of an operation is disconnected: {}", e.getMessage());
        sink.disconnected();
      }
    }
  }

  public List<GraphQLError> errors(ApiException exception) {
    return List.of(GraphQlExceptionResolver.error(exception));
  }
}
