package org.nself.incidents.security;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RoleRules;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.springframework.graphql.execution.GraphQlSource;

/**
 * Every query and mutation of the GraphQL schema with every selectable field, read from the schema
 * so that new ones are tested too. {@link EverySubscriptionTest} has the subscriptions.
 */
@ExtendWith(RunningService.class)
class EveryFieldTest {

  private final Service service;
  private final GraphQLSchema schema;

  EveryFieldTest(Service service) {
    this.service = service;
    this.schema = service.context().getBean(GraphQlSource.class).schema();
  }

  @TestFactory
  Stream<DynamicTest> showsAndChangesNothingOfAnotherAccount() {
    return each(
        (operation, field) -> {
          AccountOwner victim = AccountOwner.of(service, field);
          Map<String, String> before = AccountRows.of(service, victim.account());
          Api attacker = service.admin();
          attacker.open("Mine");
          Response response = attacker.graphql(GraphQlDocument.of(operation, field, victim), "{}");
          assertThat(response.text())
              .doesNotContain(victim.secret())
              .doesNotContain(victim.account());
          if (operation.equals("mutation") && GraphQlDocument.takesAnId(field)) {
            assertThat(response.text("errors/0/extensions/code"))
                .as(response.text())
                .isEqualTo("not_found");
          } else {
            assertThat(response.body().has("errors")).as(response.text()).isFalse();
          }
          assertThat(AccountRows.of(service, victim.account())).isEqualTo(before);
        });
  }

  @TestFactory
  Stream<DynamicTest> letsEachRoleDoWhatItMayAndNoMore() {
    return each(
        (operation, field) -> {
          for (String role : List.of("viewer", "user", "responder", "admin", "service")) {
            AccountOwner owner = AccountOwner.of(service, field);
            Map<String, String> before = AccountRows.of(service, owner.account());
            Response response =
                service
                    .as(owner.account(), role)
                    .graphql(GraphQlDocument.of(operation, field, owner), "{}")
                    .expect(200);
            if (RoleRules.may(role, operation, field.getName())) {
              assertThat(response.body().has("errors"))
                  .as("as %s: %s", role, response.text())
                  .isFalse();
            } else {
              assertThat(response.text("errors/0/extensions/code"))
                  .as(response.text())
                  .isEqualTo("forbidden");
              assertThat(AccountRows.of(service, owner.account())).isEqualTo(before);
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> checksThePermissionBeforeItValidatesTheInput() {
    return each(
        (operation, field) -> {
          if (!operation.equals("mutation")) {
            return;
          }
          AccountOwner owner = AccountOwner.of(service, field);
          String document =
              GraphQlDocument.of(operation, field, owner)
                  .replaceFirst(
                      "input: \\{", "input: {idempotencyKey: \"" + "k".repeat(256) + "\", ");
          for (String role : List.of("viewer", "user")) {
            if (!RoleRules.may(role, operation, field.getName())) {
              Response response = service.as(owner.account(), role).graphql(document, "{}");
              assertThat(response.text("errors/0/extensions/code"))
                  .as("%s as %s: %s", document, role, response.text())
                  .isEqualTo("forbidden");
            }
          }
          assertThat(owner.admin().error(document, "{}").at("/extensions/field").asString())
              .as("the input that is invalid for an admin")
              .isEqualTo("idempotencyKey");
        });
  }

  @TestFactory
  Stream<DynamicTest> letsNoUnknownRoleAndNobodyWithoutCredentialsAskAnything() {
    return each(
        (operation, field) -> {
          AccountOwner owner = AccountOwner.of(service, field);
          String document = GraphQlDocument.of(operation, field, owner);
          for (String role : List.of("anonymous", "nobody", "")) {
            Response refused =
                service.as(owner.account(), role).graphql(document, "{}").expect(403);
            assertThat(refused.text("errors/0/extensions/code")).isEqualTo("forbidden");
          }
          Response refused = service.with(Map.of()).graphql(document, "{}").expect(401);
          assertThat(refused.text("errors/0/extensions/code")).isEqualTo("unauthenticated");
          assertThat(refused.body().has("data")).isFalse();
        });
  }

  @FunctionalInterface
  private interface Check {
    void of(String operation, GraphQLFieldDefinition field);
  }

  private Stream<DynamicTest> each(Check check) {
    return Stream.of("query", "mutation")
        .flatMap(
            operation ->
                root(operation).getFieldDefinitions().stream()
                    .map(
                        field ->
                            DynamicTest.dynamicTest(
                                operation + " " + field.getName(),
                                () -> check.of(operation, field))));
  }

  private GraphQLObjectType root(String operation) {
    return operation.equals("query")
        ? schema.getQueryType()
        : java.util.Objects.requireNonNull(schema.getMutationType());
  }
}
