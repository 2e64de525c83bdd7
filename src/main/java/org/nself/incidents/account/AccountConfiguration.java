package org.nself.incidents.account;

import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.GraphqlRequests;
import org.nself.incidents.api.OpenApiFeature;
import org.nself.incidents.api.ProblemWriter;
import org.nself.incidents.ops.Database;
import org.nself.incidents.ops.FilterOrder;
import org.nself.incidents.ops.Settings;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class AccountConfiguration {

  @Bean
  AccountDatabase accountDatabase(Database database) {
    return new AccountDatabase(database);
  }

  @Bean
  IdempotencyKeys idempotencyKeys() {
    return new IdempotencyKeys();
  }

  @Bean
  Authenticator authenticator(Settings settings, Clock clock) {
    return new Authenticator(settings, jwt(settings.hasuraJwtSecret(), clock));
  }

  static @Nullable HasuraJwt jwt(@Nullable String configuration, Clock clock) {
    @Nullable HasuraJwtSettings settings = HasuraJwtSettings.of(configuration);
    return settings == null ? null : new HasuraJwt(settings, clock, keyClient());
  }

  /** Goes after redirects, but not from HTTPS to HTTP. */
  static HttpClient keyClient() {
    return HttpClient.newBuilder()
        .connectTimeout(Duration.ofSeconds(3))
        .followRedirects(HttpClient.Redirect.NORMAL)
        .build();
  }

  @Bean
  FilterRegistrationBean<AuthenticationFilter> authenticationFilter(
      Authenticator authenticator, ProblemWriter problems) {
    FilterRegistrationBean<AuthenticationFilter> filter =
        new FilterRegistrationBean<>(new AuthenticationFilter(authenticator, problems));
    filter.setOrder(FilterOrder.AUTHENTICATION);
    return filter;
  }

  @Bean
  CallerArgument callerArgument() {
    return new CallerArgument();
  }

  @Bean
  GraphqlRequests graphqlRequests() {
    return new GraphqlRequests(Caller.ATTRIBUTE);
  }

  @Bean
  OpenApiFeature callerOpenApi() {
    // Not a parameter of the request, though handlers take it.
    SpringDocUtils.getConfig().addRequestWrapperToIgnore(Caller.class);
    return CallerOpenApi.describe();
  }
}
