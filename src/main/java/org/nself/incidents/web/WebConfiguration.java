package org.nself.incidents.web;

import io.micrometer.core.instrument.MeterRegistry;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.connection.ConnectionTracker;
import org.nself.incidents.web.cors.AllowedOrigins;
import org.nself.incidents.web.cors.CorsHeadersFilter;
import org.nself.incidents.web.error.EmptyErrorBodyFilter;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.nself.incidents.web.error.FallbackErrorController;
import org.nself.incidents.web.error.GlobalExceptionHandler;
import org.nself.incidents.web.graphql.GraphQlExceptionResolver;
import org.nself.incidents.web.graphql.GraphQlSubscriptionExceptionResolver;
import org.nself.incidents.web.graphql.PreparsedDocumentCache;
import org.nself.incidents.web.graphql.QueryCostInstrumentation;
import org.nself.incidents.web.graphql.Scalars;
import org.nself.incidents.web.input.JacksonConfiguration;
import org.nself.incidents.web.input.ProcessorPool;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.response.ResponseBudgets;
import org.nself.incidents.web.response.ResponseMemory;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.springframework.boot.graphql.autoconfigure.GraphQlSourceBuilderCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({
  ErrorResponseWriter.class,
  FallbackErrorController.class,
  GlobalExceptionHandler.class,
  GraphQlExceptionResolver.class,
  GraphQlSubscriptionExceptionResolver.class,
  JacksonConfiguration.class,
  OpenApiController.class,
  ResponseBufferAdvice.class,
  Scalars.class
})
class WebConfiguration {

  @Bean
  StrictJson strictJson(ProcessorPool pool) {
    return new StrictJson(pool);
  }

  @Bean
  GraphQlSourceBuilderCustomizer graphQlCacheAndLimits(ProcessorPool pool) {
    return source ->
        source.configureGraphQl(
            graphql ->
                graphql
                    .preparsedDocumentProvider(new PreparsedDocumentCache(pool))
                    .instrumentation(new QueryCostInstrumentation(pool)));
  }

  @Bean
  InboundBudget inboundBudget(Settings settings, MeterRegistry metrics) {
    return new InboundBudget(settings.inbound().maxBytes(), metrics);
  }

  @Bean
  ResponseMemory responseMemory(Settings settings, MeterRegistry metrics) {
    return new ResponseMemory(settings.responses().memoryBytes(), metrics);
  }

  @Bean
  ResponseBudgets responseBudgets(Settings settings, ResponseMemory memory) {
    return new ResponseBudgets(settings.responses().maxBytes(), memory);
  }

  @Bean
  RequestAttributeResolver responseSizeBudgetResolver() {
    return new RequestAttributeResolver(ResponseSizeBudget.class, ResponseSizeBudget.ATTRIBUTE);
  }

  @Bean
  FilterRegistrationBean<EmptyErrorBodyFilter> emptyErrorBodyFilter(
      ErrorResponseWriter errorWriter) {
    FilterRegistrationBean<EmptyErrorBodyFilter> filter =
        new FilterRegistrationBean<>(new EmptyErrorBodyFilter(errorWriter));
    filter.setOrder(FilterOrder.EMPTY_ERROR_BODIES);
    return filter;
  }

  @Bean
  AllowedOrigins allowedOrigins(Settings settings) {
    return new AllowedOrigins(settings.callers().corsAllowedOrigins());
  }

  @Bean
  FilterRegistrationBean<CorsHeadersFilter> corsHeadersFilter(AllowedOrigins allowed) {
    FilterRegistrationBean<CorsHeadersFilter> filter =
        new FilterRegistrationBean<>(new CorsHeadersFilter(allowed));
    filter.setOrder(FilterOrder.CORS);
    return filter;
  }

  @Bean
  FilterRegistrationBean<RequestSizeLimitFilter> requestSizeLimitFilter(
      ErrorResponseWriter errorWriter, ConnectionTracker connections) {
    FilterRegistrationBean<RequestSizeLimitFilter> filter =
        new FilterRegistrationBean<>(new RequestSizeLimitFilter(errorWriter, connections));
    filter.setOrder(FilterOrder.REQUEST_SIZE_LIMIT);
    return filter;
  }
}
