package org.nself.incidents.web.graphql;

import graphql.ExecutionResult;
import org.nself.incidents.web.error.ApiException;
import org.reactivestreams.Publisher;
import org.springframework.graphql.server.WebGraphQlHandler;
import org.springframework.graphql.server.WebGraphQlResponse;
import org.springframework.graphql.server.webmvc.GraphQlHttpHandler;
import org.springframework.graphql.support.DefaultExecutionGraphQlResponse;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import reactor.core.publisher.Mono;

/** GraphQL over HTTP with one response. Refuses subscriptions, which have many. */
public final class GraphQlOverHttpHandler extends GraphQlHttpHandler {

  public GraphQlOverHttpHandler(WebGraphQlHandler handler, GraphQlRequestReader reader) {
    super(handler, reader);
  }

  @Override
  protected ServerResponse prepareResponse(
      ServerRequest request, Mono<WebGraphQlResponse> pending) {
    return super.prepareResponse(request, pending.map(GraphQlOverHttpHandler::requireOneResult));
  }

  private static WebGraphQlResponse requireOneResult(WebGraphQlResponse response) {
    ExecutionResult result = response.getExecutionResult();
    if (!(result.getData() instanceof Publisher<?>)) {
      return response;
    }
    ApiException error =
        ApiException.malformed(
            "A subscription has more than one response: use a WebSocket (graphql-transport-ws) or"
                + " send Accept: text/event-stream");
    return new WebGraphQlResponse(
        new DefaultExecutionGraphQlResponse(
            response.getExecutionInput(),
            ExecutionResult.newExecutionResult()
                .addError(GraphQlExceptionResolver.error(error))
                .build()));
  }
}
