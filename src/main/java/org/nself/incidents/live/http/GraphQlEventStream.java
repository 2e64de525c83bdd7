package org.nself.incidents.live.http;

import graphql.ExecutionResult;
import graphql.GraphQLError;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.nself.incidents.live.DeliveryTurns;
import org.nself.incidents.live.GraphQlOperationRunner;
import org.nself.incidents.live.ResultSubscriber;
import org.nself.incidents.live.sse.SseConnection;
import org.nself.incidents.live.sse.SseConnectionFactory;
import org.nself.incidents.live.sse.SseFrame;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.graphql.server.WebGraphQlResponse;
import tools.jackson.databind.json.JsonMapper;

/**
 * Results of GraphQL operations as Server-Sent Events: the "distinct connections" mode of
 * graphql-sse (<a
 * href="https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md">protocol</a>).
 */
final class GraphQlEventStream {

  private static final Logger log = LoggerFactory.getLogger(GraphQlEventStream.class);

  private final SseConnectionFactory connections;
  private final JsonMapper mapper;
  private final DeliveryTurns turns;

  GraphQlEventStream(SseConnectionFactory connections, JsonMapper mapper, DeliveryTurns turns) {
    this.connections = connections;
    this.mapper = mapper;
    this.turns = turns;
  }

  /** Answers with the results of a subscription. */
  void open(
      HttpServletRequest request,
      HttpServletResponse response,
      Caller caller,
      WebGraphQlResponse graphQlResponse,
      ResponseSizeBudget budget)
      throws IOException {
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
  }

  /** Answers with the result of a query or a mutation. */
  void write(HttpServletResponse response, ExecutionResult result, ResponseSizeBudget budget)
      throws IOException {
    budget.copy();
    response.setContentType("text/event-stream;charset=UTF-8");
    response.getOutputStream().write(nextEvent(result.toSpecification()));
    response.getOutputStream().write(SseFrame.ofEvent("complete", ""));
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
