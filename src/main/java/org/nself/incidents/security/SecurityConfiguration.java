package org.nself.incidents.security;

import io.micrometer.core.instrument.MeterRegistry;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.jwt.HasuraJwtConfig;
import org.nself.incidents.security.jwt.HasuraJwtVerifier;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.FilterOrder;
import org.nself.incidents.web.InboundBudget;
import org.nself.incidents.web.RequestAttributeResolver;
import org.nself.incidents.web.cors.AllowedOrigins;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.nself.incidents.web.graphql.GraphQlRequestInterceptor;
import org.nself.incidents.web.response.ResponseBudgets;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
public class SecurityConfiguration {

  @Bean
  Authenticator authenticator(Settings settings, Clock clock) {
    return new Authenticator(
        settings, jwts(settings.hasuraJwtSecret(), settings.hasuraJwtSecrets(), clock));
  }

  /**
   * @param one a JWT configuration; null for none
   * @param several a JSON array of further ones; null for none
   */
  public static List<HasuraJwtVerifier> jwts(
      @Nullable String one, @Nullable String several, Clock clock) {
    return HasuraJwtConfig.of(one, several).stream()
        .map(config -> new HasuraJwtVerifier(config, clock, keyClient()))
        .toList();
  }

  /** Fetches JWT keys. Follows redirects, but not from HTTPS to HTTP. */
  public static HttpClient keyClient() {
    return HttpClient.newBuilder()
        .connectTimeout(Duration.ofSeconds(3))
        .followRedirects(HttpClient.Redirect.NORMAL)
        .build();
  }

  @Bean
  UnknownCallerLimiter unknownCallerLimiter(Settings settings, MeterRegistry metrics) {
    return new UnknownCallerLimiter(settings.inbound(), metrics);
  }

  @Bean
  FilterRegistrationBean<AuthenticationFilter> authenticationFilter(
      Authenticator authenticator,
      Settings settings,
      AllowedOrigins allowedOrigins,
      UnknownCallerLimiter unknownCallers,
      InboundBudget inbound,
      ErrorResponseWriter errorWriter,
      ResponseBudgets budgets) {
    FilterRegistrationBean<AuthenticationFilter> filter =
        new FilterRegistrationBean<>(
            new AuthenticationFilter(
                authenticator,
                settings.callers().trustedProxies(),
                allowedOrigins,
                unknownCallers,
                inbound,
                errorWriter,
                budgets));
    filter.setOrder(FilterOrder.AUTHENTICATION);
    return filter;
  }

  @Bean
  FilterRegistrationBean<ResponseHeadersFilter> responseHeadersFilter() {
    FilterRegistrationBean<ResponseHeadersFilter> filter =
        new FilterRegistrationBean<>(new ResponseHeadersFilter());
    filter.setOrder(FilterOrder.RESPONSE_HEADERS);
    return filter;
  }

  @Bean
  RequestAttributeResolver callerArgumentResolver() {
    return new RequestAttributeResolver(Caller.class, Caller.ATTRIBUTE);
  }

  @Bean
  GraphQlRequestInterceptor graphQlRequestInterceptor() {
    return new GraphQlRequestInterceptor(Caller.ATTRIBUTE, caller -> ((Caller) caller).account());
  }
}
