package org.nself.incidents.security;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLObjectType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.live.StreamClient;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.springframework.graphql.execution.GraphQlSource;

/**
 * Every subscription of the GraphQL schema, over graphql-sse, with every selectable field, read
 * from the schema so that new ones are tested too.
 */
@ExtendWith(RunningService.class)
class EverySubscriptionTest {

  private final Service service;
  private final GraphQLObjectType root;

  EverySubscriptionTest(Service service) {
    this.service = service;
    this.root =
        Objects.requireNonNull(
            service.context().getBean(GraphQlSource.class).schema().getSubscriptionType());
  }

  @TestFactory
  Stream<DynamicTest> showsNothingOfAnotherAccount() {
    return each(
        field -> {
          AccountOwner victim = AccountOwner.withExecution(service);
          Api attacker = service.admin();
          try (StreamClient stream = follow(attacker, field, victim)) {
            StreamClient.Message first = stream.next();
            assertShowsNothingOf(victim, first);
            if (GraphQlDocument.takesAnId(field)) {
              assertThat(first.json().at("/errors/0/extensions/code").asString())
                  .as(first.data())
                  .isEqualTo("not_found");
              assertThat(stream.next().event()).isEqualTo("complete");
            } else {
              assertThat(first.json().has("errors")).as(first.data()).isFalse();
              // A leaked event would come first.
              victim.stir();
              attacker.open("Mine");
              StreamClient.Message second = stream.next();
              assertShowsNothingOf(victim, second);
              assertThat(second.data()).contains("Mine");
            }
          }
        });
  }

  private static void assertShowsNothingOf(AccountOwner victim, StreamClient.Message message) {
    assertThat(message.data()).doesNotContain(victim.secret()).doesNotContain(victim.account());
  }

  @TestFactory
  Stream<DynamicTest> letsEveryRoleFollow() {
    return each(
        field -> {
          for (String role : List.of("viewer", "user", "responder", "admin", "service")) {
            AccountOwner owner = AccountOwner.withExecution(service);
            try (StreamClient stream = follow(service.as(owner.account(), role), field, owner)) {
              StreamClient.Message message = stream.next();
              owner.stir();
              while (!message.data().contains(owner.secret())) {
                assertIsWhole(role, field, message);
                message = stream.next();
              }
              assertIsWhole(role, field, message);
            }
          }
        });
  }

  private static void assertIsWhole(
      String role, GraphQLFieldDefinition field, StreamClient.Message message) {
    assertThat(message.json().has("errors")).as("as %s: %s", role, message.data()).isFalse();
    assertThat(message.json().at("/data/" + field.getName()).isObject())
        .as("as %s: %s", role, message.data())
        .isTrue();
  }

  @TestFactory
  Stream<DynamicTest> letsNoUnknownRoleAndNobodyWithoutCredentialsFollowAnything() {
    return each(
        field -> {
          AccountOwner owner = AccountOwner.withExecution(service);
          for (String role : List.of("anonymous", "nobody", "")) {
            Response refused = ask(service.as(owner.account(), role), field, owner).expect(403);
            assertThat(refused.text("errors/0/extensions/code")).isEqualTo("forbidden");
            assertThat(refused.body().has("data")).isFalse();
          }
          Response refused = ask(service.with(Map.of()), field, owner).expect(401);
          assertThat(refused.text("errors/0/extensions/code")).isEqualTo("unauthenticated");
          assertThat(refused.body().has("data")).isFalse();
        });
  }

  /** The response instead of a stream. */
  private static Response ask(Api api, GraphQLFieldDefinition field, AccountOwner owner) {
    return api.header("Accept", "text/event-stream")
        .graphql(GraphQlDocument.of("subscription", field, owner), "{}");
  }

  private static StreamClient follow(Api api, GraphQLFieldDefinition field, AccountOwner owner) {
    return StreamClient.graphql(api, GraphQlDocument.of("subscription", field, owner), "{}")
        .expect(200);
  }

  private Stream<DynamicTest> each(Consumer<GraphQLFieldDefinition> check) {
    return root.getFieldDefinitions().stream()
        .map(
            field ->
                DynamicTest.dynamicTest(
                    "subscription " + field.getName(), () -> check.accept(field)));
  }
}
