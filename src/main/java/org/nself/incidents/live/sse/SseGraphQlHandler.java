package org.nself.incidents.live.sse;

import graphql.ExecutionResult;
import graphql.GraphQLError;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nself.incidents.live.GraphQlOperationRunner;
import org.nself.incidents.live.ResultSubscriber;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorResponseWriter;
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
 * GraphQL by POST whose answer is a stream: the "distinct connections" mode of graphql-sse (<a
 * href="https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md">its protocol</a>).
 * Reading the request is Spring's.
 */
public final class SseGraphQlHandler extends GraphQlSseHandler {

  private static final Logger log = LoggerFactory.getLogger(SseGraphQlHandler.class);

  private final SseConnectionFactory streams;
  private final JsonMapper mapper;
  private final ErrorResponseWriter problems;

  public SseGraphQlHandler(
      WebGraphQlHandler handler,
      SseConnectionFactory streams,
      JsonMapper mapper,
      ErrorResponseWriter problems) {
    super(handler);
    this.streams = streams;
    this.mapper = mapper;
    this.problems = problems;
  }

  @Override
  protected ServerResponse prepareResponse(
      ServerRequest request, Mono<WebGraphQlResponse> answered) {
    WebGraphQlResponse answer = Objects.requireNonNull(answered.block());
    return ServerResponse.ok()
        .build(
            (servletRequest, servletResponse) -> {
              try {
                open(servletRequest, servletResponse, answer);
              } catch (ApiException problem) {
                problems.write(servletRequest, servletResponse, problem);
              }
              return null;
            });
  }

  private void open(
      HttpServletRequest request, HttpServletResponse response, WebGraphQlResponse answer)
      throws IOException {
    ExecutionResult result = answer.getExecutionResult();
    if (result.getData() instanceof Publisher<?>) {
      Caller caller =
          (Caller) Objects.requireNonNull(request.getAttribute(Caller.ATTRIBUTE), "No caller");
      streams.open(
          request,
          response,
          caller,
          "",
          stream -> {
            Out out = new Out(stream);
            ResultSubscriber subscriber = new ResultSubscriber(out);
            GraphQlOperationRunner.forwardResults(answer, subscriber, out);
            return subscriber;
          });
    } else {
      response.setContentType("text/event-stream;charset=UTF-8");
      response.getOutputStream().write(next(result.toSpecification()));
      response.getOutputStream().write(SseFrame.named("complete", ""));
    }
  }

  private byte[] next(Map<String, Object> result) {
    return SseFrame.named("next", mapper.writeValueAsString(result));
  }

  /** One subscription's way to the client. */
  private final class Out implements ResultSubscriber.ResultSink {
    private final SseConnection stream;

    Out(SseConnection stream) {
      this.stream = stream;
    }

    @Override
    public void next(ExecutionResult result) throws IOException {
      stream.write(SseGraphQlHandler.this.next(result.toSpecification()));
    }

    @Override
    public void error(List<GraphQLError> errors) {
      finish(
          SseGraphQlHandler.this.next(
              Map.of("errors", errors.stream().map(GraphQLError::toSpecification).toList())));
    }

    @Override
    public void complete() {
      finish(new byte[0]);
    }

    private void finish(byte[] last) {
      try {
        stream.write(last);
        stream.write(SseFrame.named("complete", ""));
      } catch (IOException e) {
        log.debug("A client is gone: {}", e.getMessage());
      }
      stream.close();
    }

    @Override
    public void disconnected() {
      stream.close();
    }
  }
}
