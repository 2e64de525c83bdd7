package org.nself.incidents.api;

import graphql.execution.DataFetcherExceptionHandler;
import org.nself.incidents.ops.FilterOrder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.graphql.autoconfigure.GraphQlSourceBuilderCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.graphql.execution.DataFetcherExceptionResolver;
import org.springframework.graphql.server.WebGraphQlHandler;
import org.springframework.graphql.server.webmvc.GraphQlHttpHandler;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
@Import({RestProblems.class, ServletErrors.class, GraphqlMethods.class, WholeAnswers.class})
class ApiConfiguration {

  @Bean
  JsonFormat jsonFormat() {
    return new JsonFormat();
  }

  @Bean
  JsonText jsonText() {
    return new JsonText();
  }

  @Bean
  Ids ids() {
    return new Ids();
  }

  @Bean
  Scalars scalars() {
    return new Scalars();
  }

  @Bean
  GraphqlProblems graphqlProblems() {
    return new GraphqlProblems();
  }

  @Bean
  SubscriptionProblems subscriptionProblems() {
    return new SubscriptionProblems();
  }

  @Bean
  GraphQlSourceBuilderCustomizer graphqlEngine(
      ObjectProvider<DataFetcherExceptionResolver> problems) {
    DataFetcherExceptionHandler failures =
        DataFetcherExceptionResolver.createExceptionHandler(problems.orderedStream().toList());
    return builder ->
        builder.configureGraphQl(
            graphql ->
                graphql
                    .queryExecutionStrategy(new GraphqlQueries(failures))
                    .mutationExecutionStrategy(new GraphqlMutations(failures))
                    .preparsedDocumentProvider(new GraphqlDocuments())
                    .instrumentation(new GraphqlChecks()));
  }

  @Bean
  GraphQlHttpHandler graphqlOverHttp(WebGraphQlHandler handler, JsonMapper mapper, JsonText json) {
    return new GraphQlHttpHandler(handler, new GraphqlBody(mapper, json));
  }

  @Bean
  ProblemWriter problemWriter(JsonMapper mapper) {
    return new ProblemWriter(mapper);
  }

  @Bean
  FilterRegistrationBean<ErrorBodies> errorBodies(ProblemWriter problems) {
    FilterRegistrationBean<ErrorBodies> filter =
        new FilterRegistrationBean<>(new ErrorBodies(problems));
    filter.setOrder(FilterOrder.ERROR_BODIES);
    return filter;
  }

  @Bean
  FilterRegistrationBean<BodyLimit> bodyLimit(ProblemWriter problems) {
    FilterRegistrationBean<BodyLimit> filter =
        new FilterRegistrationBean<>(new BodyLimit(problems));
    filter.setOrder(FilterOrder.BODY_LIMIT);
    return filter;
  }
}
