package org.nself.incidents.live.http;

import graphql.ExecutionResult;
import graphql.GraphQLError;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.GraphQlOperationRunner;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.nself.incidents.web.graphql.GraphQlExceptionResolver;
import org.nself.incidents.web.graphql.http.GraphQlRequestReader;
import org.nself.incidents.web.graphql.http.PersistedQueryNotFoundException;
import org.nself.incidents.web.graphql.http.ResponseFormat;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.reactivestreams.Publisher;
import org.springframework.graphql.server.WebGraphQlResponse;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import tools.jackson.databind.json.JsonMapper;

/**
 * GraphQL over HTTP (<a href="https://graphql.github.io/graphql-over-http/">specification</a>):
 * POST, and GET for queries and subscriptions. {@code Accept} chooses the format, see {@link
 * ResponseFormat}.
 */
@Controller
final class GraphQlHttpController {

  /** So large that most responses are one write. */
  private static final int BUFFER_SIZE = 32 * 1024;

  private final GraphQlRequestReader reader;
  private final GraphQlOperationRunner operations;
  private final GraphQlEventStream streams;
  private final JsonMapper mapper;

  GraphQlHttpController(
      GraphQlRequestReader reader,
      GraphQlOperationRunner operations,
      GraphQlEventStream streams,
      JsonMapper mapper) {
    this.reader = reader;
    this.operations = operations;
    this.streams = streams;
    this.mapper = mapper;
  }

  @RequestMapping(
      path = "/graphql",
      method = {RequestMethod.GET, RequestMethod.POST})
  void execute(
      HttpServletRequest request,
      HttpServletResponse response,
      Caller caller,
      ResponseSizeBudget budget)
      throws IOException {
    ResponseFormat.Accepted accepted =
        ResponseFormat.accepted(Collections.list(request.getHeaders("Accept")));
    if (accepted.one() == ResponseFormat.GRAPHQL_RESPONSE) {
      request.setAttribute(ErrorResponseWriter.GRAPHQL_TYPE_ATTRIBUTE, accepted.one().mediaType());
    }
    Map<String, @Nullable Object> operation;
    try {
      operation = reader.read(request, caller.account());
    } catch (PersistedQueryNotFoundException e) {
      write(response, errors(PersistedQueryNotFoundException.error()), accepted.one(), budget);
      return;
    }
    WebGraphQlResponse graphQlResponse =
        operations.execute(
            caller, request.getRequestId(), operation, budget, request.getMethod().equals("POST"));
    ExecutionResult result = graphQlResponse.getExecutionResult();
    if (result.getData() instanceof Publisher<?>) {
      if (accepted.streams()) {
        streams.open(request, response, caller, graphQlResponse, budget);
        return;
      }
      result = streamRefused();
    }
    write(response, result, accepted.one(), budget);
  }

  private void write(
      HttpServletResponse response,
      ExecutionResult result,
      ResponseFormat format,
      ResponseSizeBudget budget)
      throws IOException {
    int status = status(result, format);
    response.setStatus(status);
    if (status == ErrorCode.METHOD_NOT_ALLOWED.status()) {
      response.setHeader("Allow", "POST");
    }
    if (format == ResponseFormat.EVENT_STREAM) {
      streams.write(response, result, budget);
      return;
    }
    response.setContentType(format.mediaType());
    response.setBufferSize(BUFFER_SIZE);
    mapper.writeValue(response.getOutputStream(), result.toSpecification());
  }

  private static ExecutionResult streamRefused() {
    return errors(
        GraphQlExceptionResolver.error(
            ApiException.malformed(
                "A subscription has more than one response: use a WebSocket (graphql-transport-ws)"
                    + " or send Accept: text/event-stream")));
  }

  private static ExecutionResult errors(GraphQLError error) {
    return ExecutionResult.newExecutionResult().addError(error).build();
  }

  /**
   * Without {@code data}, that of the first error; as application/json 200 nevertheless, which
   * clients rely on. A refused method has its status in any format.
   */
  private static int status(ExecutionResult result, ResponseFormat format) {
    if (result.isDataPresent() || result.getErrors().isEmpty()) {
      return HttpServletResponse.SC_OK;
    }
    int status = status(result.getErrors());
    return format == ResponseFormat.GRAPHQL_RESPONSE
            || status == ErrorCode.METHOD_NOT_ALLOWED.status()
        ? status
        : HttpServletResponse.SC_OK;
  }

  private static int status(List<GraphQLError> errors) {
    @Nullable Map<String, Object> extensions = errors.getFirst().getExtensions();
    @Nullable ErrorCode code =
        extensions == null ? null : ErrorCode.find(String.valueOf(extensions.get("code")));
    return code == null || code == ErrorCode.INVALID
        ? HttpServletResponse.SC_BAD_REQUEST
        : code.status();
  }
}
