package org.nself.incidents.live.sse;

import graphql.ExecutionResult;
import graphql.GraphQLError;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nself.incidents.live.DeliveryTurns;
import org.nself.incidents.live.GraphQlOperationRunner;
import org.nself.incidents.live.ResultSubscriber;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.server.WebGraphQlHandler;
import org.springframework.graphql.server.WebGraphQlResponse;
import org.springframework.graphql.server.webmvc.GraphQlSseHandler;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * GraphQL over POST with a streamed response: the "distinct connections" mode of graphql-sse (<a
 * href="https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md">protocol</a>). Spring
 * reads the request.
 */
final class SseGraphQlHandler extends GraphQlSseHandler {

  private static final Logger log = LoggerFactory.getLogger(SseGraphQlHandler.class);

  private final SseConnectionFactory connections;
  private final JsonMapper mapper;
  private final ErrorResponseWriter errors;
  private final DeliveryTurns turns;

  SseGraphQlHandler(
      WebGraphQlHandler handler,
      SseConnectionFactory connections,
      JsonMapper mapper,
      ErrorResponseWriter errors,
      DeliveryTurns turns) {
    super(handler);
    this.turns = turns;
    this.connections = connections;
    this.mapper = mapper;
    this.errors = errors;
  }

  @Override
  protected ServerResponse prepareResponse(
      ServerRequest request, Mono<WebGraphQlResponse> pending) {
    WebGraphQlResponse graphQlResponse = Objects.requireNonNull(pending.block());
    return ServerResponse.ok()
        .build(
            (servletRequest, servletResponse) -> {
              try {
                open(servletRequest, servletResponse, graphQlResponse);
              } catch (ApiException e) {
                errors.write(servletRequest, servletResponse, e);
              }
              return null;
            });
  }

  private void open(
      HttpServletRequest request, HttpServletResponse response, WebGraphQlResponse graphQlResponse)
      throws IOException {
    ExecutionResult result = graphQlResponse.getExecutionResult();
    ResponseSizeBudget budget =
        (ResponseSizeBudget)
            Objects.requireNonNull(
                request.getAttribute(ResponseSizeBudget.ATTRIBUTE), "No response budget");
    if (result.getData() instanceof Publisher<?>) {
      Caller caller =
          (Caller) Objects.requireNonNull(request.getAttribute(Caller.ATTRIBUTE), "No caller");
      connections.open(
          request,
          response,
          caller,
          "",
          connection -> {
            SseResultSink sink = new SseResultSink(connection);
            ResultSubscriber subscriber = new ResultSubscriber(sink);
            GraphQlOperationRunner.forwardResults(
                graphQlResponse, budget, subscriber, sink, connection::close);
            return subscriber;
          });
    } else {
      budget.copy();
      response.setContentType("text/event-stream;charset=UTF-8");
      response.getOutputStream().write(nextEvent(result.toSpecification()));
      response.getOutputStream().write(SseFrame.ofEvent("complete", ""));
    }
  }

  private byte[] nextEvent(Map<String, Object> result) {
    return SseFrame.ofEvent("next", mapper.writeValueAsString(result));
  }

  private final class SseResultSink implements ResultSubscriber.ResultSink {

    private final SseConnection connection;

    SseResultSink(SseConnection connection) {
      this.connection = connection;
    }

    @Override
    public void next(ExecutionResult result) throws IOException {
      byte[] event = nextEvent(result.toSpecification());
      turns.end();
      connection.write(event);
    }

    @Override
    public void error(List<GraphQLError> graphQlErrors) {
      finish(
          nextEvent(
              Map.of(
                  "errors", graphQlErrors.stream().map(GraphQLError::toSpecification).toList())));
    }

    @Override
    public void complete() {
      finish(new byte[0]);
    }

    private void finish(byte[] last) {
      try {
        connection.write(last);
        connection.write(SseFrame.ofEvent("complete", ""));
      } catch (IOException e) {
        log.debug("A client is disconnected: {}", e.getMessage());
      }
      connection.close();
    }

    @Override
    public void disconnected() {
      connection.close();
    }
  }
}
