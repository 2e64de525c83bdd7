package org.nself.incidents.incident.milestone;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.security.GraphQlMutations;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.graphql.BatchLoaders;
import org.nself.incidents.web.graphql.Fetchers;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;

/** GraphQL API of milestones. */
final class MilestoneGraphQlController implements RuntimeWiringConfigurer {

  private final MilestoneService milestones;
  private final Clock clock;

  MilestoneGraphQlController(MilestoneService milestones, Clock clock) {
    this.milestones = milestones;
    this.clock = clock;
  }

  @Override
  public void configure(RuntimeWiring.Builder wiring) {
    wiring
        .type(
            "Mutation",
            type ->
                type.dataFetcher(
                    "setMilestone",
                    GraphQlMutations.of(
                        Permission.WRITE,
                        input -> SetMilestone.read(input, clock),
                        milestones::set)))
        .type(
            "Incident",
            type ->
                type.dataFetcher(
                        "milestones",
                        environment -> load(environment).thenApply(Milestones::standing))
                    .dataFetcher(
                        "firstResolvedAt",
                        environment -> load(environment).thenApply(Milestones::firstResolvedAt)))
        .type("IncidentMilestone", type -> Fetchers.addComponents(type, Milestone.class));
  }

  private CompletableFuture<Milestones> load(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    UUID id = Objects.requireNonNull(environment.<Incident>getSource()).id();
    return BatchLoaders.<UUID, Milestones>load(
            environment, "milestones", id, ids -> milestones.findAll(caller, List.copyOf(ids)))
        .thenApply(found -> Objects.requireNonNullElse(found, Milestones.NONE));
  }
}
