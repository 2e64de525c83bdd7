package org.nself.incidents.console;

import graphql.schema.idl.RuntimeWiring;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.settings.BuildInfo;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.graphql.Fetchers;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;

/** The GraphQL API of who the caller is. */
final class CallerGraphQlController implements RuntimeWiringConfigurer {

  private final BuildInfo plugin;
  private final Settings settings;

  CallerGraphQlController(BuildInfo plugin, Settings settings) {
    this.plugin = plugin;
    this.settings = settings;
  }

  @Override
  public void configure(RuntimeWiring.Builder wiring) {
    wiring
        .type(
            "Query",
            type ->
                type.dataFetcher(
                    "me",
                    environment -> CallerView.of(GraphQlCaller.of(environment), plugin, settings)))
        .type("Caller", type -> Fetchers.addComponents(type, CallerView.class));
  }
}
