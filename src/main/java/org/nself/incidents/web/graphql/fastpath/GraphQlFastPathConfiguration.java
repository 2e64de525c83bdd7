package org.nself.incidents.web.graphql.fastpath;

import graphql.execution.DataFetcherExceptionHandler;
import org.nself.incidents.settings.Settings;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.graphql.autoconfigure.GraphQlSourceBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.graphql.execution.DataFetcherExceptionResolver;

/** Replaces graphql-java's execution strategies; off with {@code -Dnself.fastpath=false}. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty(name = Settings.FASTPATH_PROPERTY, matchIfMissing = true)
class GraphQlFastPathConfiguration {

  @Bean
  GraphQlSourceBuilderCustomizer fastExecutionStrategies(
      ObjectProvider<DataFetcherExceptionResolver> resolvers) {
    DataFetcherExceptionHandler exceptionHandler =
        DataFetcherExceptionResolver.createExceptionHandler(resolvers.orderedStream().toList());
    return source ->
        source.configureGraphQl(
            graphql ->
                graphql
                    .queryExecutionStrategy(new FastQueryExecutionStrategy(exceptionHandler))
                    .mutationExecutionStrategy(
                        new FastMutationExecutionStrategy(exceptionHandler)));
  }
}
