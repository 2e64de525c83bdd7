package org.nself.incidents.console;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.TimelineBackdater;
import org.nself.incidents.security.Caller;
import org.nself.incidents.settings.BuildInfo;
import org.nself.incidents.settings.ConsoleSettings;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.FilterOrder;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.response.ResponseBudgets;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.graphql.ExecutionGraphQlService;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
@Import({CallerController.class, CallerGraphQlController.class})
class ConsoleConfiguration {

  /** Not described in the OpenAPI document: it is no API, and only in the try-out. */
  @Bean
  RouterFunction<ServerResponse> demoRoute(
      Settings settings,
      ExecutionGraphQlService graphql,
      ResponseBudgets budgets,
      JsonMapper mapper,
      Clock clock) {
    DemoAccount demo =
        new DemoAccount(
            settings,
            new GraphQlClient(graphql, budgets, mapper),
            new TimelineBackdater(settings),
            mapper,
            clock);
    return RouterFunctions.route()
        .POST(
            ConsoleFilter.PATH + "try-out/demo",
            request -> {
              // A connection whose request has not been read as a whole is closed after a while.
              request.body(byte[].class);
              return ServerResponse.ok()
                  .contentType(MediaType.APPLICATION_JSON)
                  .body(
                      demo.fill(
                          (Caller)
                              Objects.requireNonNull(
                                  request.servletRequest().getAttribute(Caller.ATTRIBUTE))));
            })
        .build();
  }

  @Bean
  FilterRegistrationBean<ConsoleFilter> consoleFilter(
      Settings settings,
      BuildInfo plugin,
      StrictJson json,
      JsonMapper mapper,
      Clock clock,
      ErrorResponseWriter errorWriter) {
    ConsoleSettings console = settings.console();
    ConsoleAssets assets = new ConsoleAssets();
    PageConfiguration configuration =
        new PageConfiguration(
            plugin.version(),
            assets.build(),
            console.signInUrl(),
            console.isTryOut(),
            console.apiExplorer());
    FilterRegistrationBean<ConsoleFilter> filter =
        new FilterRegistrationBean<>(
            new ConsoleFilter(
                assets,
                mapper.writeValueAsString(configuration).getBytes(StandardCharsets.UTF_8),
                new ApiExplorer(console.apiExplorer()),
                new TryOutSessions(settings, json, mapper, clock),
                errorWriter));
    filter.setOrder(FilterOrder.CONSOLE);
    return filter;
  }

  /**
   * What the page must know before it has credentials; docs/console.md describes it.
   *
   * @param build changes with the files of the page
   */
  private record PageConfiguration(
      String version,
      String build,
      @Nullable String signInUrl,
      boolean tryOut,
      boolean apiExplorer) {}
}
