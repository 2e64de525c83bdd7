package org.nself.incidents.live.http;

import java.util.List;
import org.nself.incidents.web.graphql.http.GraphQlRequestReader;
import org.nself.incidents.web.graphql.http.PersistedQueries;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.graphql.ExecutionGraphQlService;
import org.springframework.graphql.server.WebGraphQlHandler;
import org.springframework.graphql.server.WebGraphQlInterceptor;

/** Replaces Spring's GraphQL routes, which know neither GET nor all of {@code Accept}. */
@Configuration(proxyBeanMethods = false)
@Import({
  GraphQlEventStream.class,
  GraphQlHttpController.class,
  GraphQlRequestReader.class,
  PersistedQueries.class
})
class GraphQlHttpConfiguration {

  @Bean
  WebGraphQlHandler webGraphQlHandler(
      ExecutionGraphQlService service, List<WebGraphQlInterceptor> interceptors) {
    return WebGraphQlHandler.builder(service).interceptors(interceptors).build();
  }
}
