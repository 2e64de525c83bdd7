package org.nself.incidents.account;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.Scalars;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLInputType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.UUID;
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
import org.nself.incidents.testing.Settled;
import org.springframework.graphql.execution.GraphQlSource;

/**
 * Every root field of the GraphQL schema with all that can be selected below it, asked of the
 * schema, so that a new one is tried too.
 */
@ExtendWith(RunningService.class)
class EveryFieldTest {

  private static final int DEPTH = 6;

  private final Service service;
  private final GraphQLSchema schema;

  EveryFieldTest(Service service) {
    this.service = service;
    this.schema = service.context().getBean(GraphQlSource.class).schema();
  }

  /** An account with one of everything, and a word that stands in each text of it. */
  private record Owner(
      Api admin,
      String account,
      String incident,
      String other,
      String runbook,
      String execution,
      String secret) {}

  /** Something of each, and an execution where the field is about one. */
  private Owner owner(GraphQLFieldDefinition field) {
    String account = Service.newAccount();
    String secret = "secret" + UUID.randomUUID().toString().replace("-", "");
    Api admin = service.as(account, "admin");
    String incident =
        admin
            .post(
                "/api/v1/incidents",
                "{'title':'S','summary':'S','owner':'S','labels':{'S':'S'},'services':['S'],'dedup_key':'S'}"
                    .replace('\'', '"')
                    .replace("S\"", secret + "\""))
            .expect(201)
            .text("id");
    admin
        .post("/api/v1/incidents/" + incident + "/timeline", "{\"message\":\"" + secret + "\"}")
        .expect(201);
    String runbook =
        admin
            .post(
                "/api/v1/runbooks",
                "{\"name\":\""
                    + secret
                    + "\",\"steps\":[{\"title\":\""
                    + secret
                    + "\",\"kind\":\"manual\"}]}")
            .expect(201)
            .text("id");
    String execution =
        switch (field.getName()) {
          case "retryRunbookStep" -> Settled.failed(admin).execution();
          case "completeRunbookStep",
              "skipRunbookStep",
              "decideRunbookApproval",
              "cancelRunbookExecution",
              "runbookExecution" ->
              Settled.waiting(admin).execution();
          default -> UUID.randomUUID().toString();
        };
    return new Owner(admin, account, incident, admin.open(secret), runbook, execution, secret);
  }

  @TestFactory
  Stream<DynamicTest> showsAndChangesNothingOfAnotherAccount() {
    return each(
        (operation, field) -> {
          Owner victim = owner(field);
          Map<String, String> before = AccountRows.of(service, victim.account());
          Api attacker = service.admin();
          attacker.open("Mine");
          Response response = attacker.graphql(document(operation, field, victim), "{}");
          assertThat(response.text())
              .doesNotContain(victim.secret())
              .doesNotContain(victim.account());
          if (operation.equals("mutation") && takesAnId(field)) {
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
            Owner owner = owner(field);
            Map<String, String> before = AccountRows.of(service, owner.account());
            Response response =
                service
                    .as(owner.account(), role)
                    .graphql(document(operation, field, owner), "{}")
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
  Stream<DynamicTest> letsNoUnknownRoleAndNobodyWithoutCredentialsAskAnything() {
    return each(
        (operation, field) -> {
          Owner owner = owner(field);
          String document = document(operation, field, owner);
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

  private static String document(String operation, GraphQLFieldDefinition field, Owner owner) {
    return operation + " { " + call(field, owner, DEPTH) + " }";
  }

  private static boolean takesAnId(GraphQLFieldDefinition field) {
    GraphQLType type = GraphQLTypeUtil.unwrapAll(field.getArgument("input").getType());
    return type instanceof GraphQLInputObjectType input
        && input.getFieldDefinitions().stream()
            .anyMatch(member -> member.getName().matches("id|incidentId|executionId|runbookId"));
  }

  private static String call(GraphQLFieldDefinition field, Owner owner, int depth) {
    StringJoiner arguments = new StringJoiner(", ", "(", ")").setEmptyValue("");
    for (GraphQLArgument argument : field.getArguments()) {
      String name = argument.getName();
      if (name.equals("first")) {
        // All there is; the usual 20, of lists within lists, would cost more than a query may.
        arguments.add("first: 5");
      } else if (GraphQLTypeUtil.isNonNull(argument.getType())
          || name.matches("id|number|version|input")) {
        arguments.add(name + ": " + value(field.getName(), name, argument.getType(), owner));
      }
    }
    return field.getName()
        + arguments
        + selection(GraphQLTypeUtil.unwrapAll(field.getType()), owner, depth);
  }

  private static String selection(GraphQLType type, Owner owner, int depth) {
    if (!(type instanceof GraphQLObjectType object)) {
      return "";
    }
    StringJoiner fields = new StringJoiner(" ", " { __typename ", " }");
    for (GraphQLFieldDefinition field : object.getFieldDefinitions()) {
      boolean leaf = !(GraphQLTypeUtil.unwrapAll(field.getType()) instanceof GraphQLObjectType);
      if (leaf || depth > 1) {
        fields.add(call(field, owner, depth - 1));
      }
    }
    return fields.toString();
  }

  /**
   * A right value for an argument or input field, by its name where the type does not tell enough.
   */
  private static String value(String parent, String name, GraphQLInputType type, Owner owner) {
    GraphQLType bare = type instanceof GraphQLNonNull nonNull ? nonNull.getWrappedType() : type;
    if (bare instanceof GraphQLList list) {
      return "[" + value(parent, name, (GraphQLInputType) list.getWrappedType(), owner) + "]";
    }
    if (bare instanceof GraphQLEnumType values) {
      return parent.equals("TransitionIncidentInput")
          ? "ACKNOWLEDGED"
          : values.getValues().getFirst().getName();
    }
    if (bare instanceof GraphQLInputObjectType input) {
      StringJoiner fields = new StringJoiner(", ", "{", "}");
      for (GraphQLInputObjectField field : input.getFieldDefinitions()) {
        if (GraphQLTypeUtil.isNonNull(field.getType()) || field.getName().equals("message")) {
          fields.add(
              field.getName()
                  + ": "
                  + value(input.getName(), field.getName(), field.getType(), owner));
        }
      }
      return fields.toString();
    }
    if (bare.equals(Scalars.GraphQLInt)) {
      return "1";
    }
    if (name.equals("step")) {
      return parent.startsWith("Decide")
          ? "\"" + Settled.APPROVAL + "\""
          : "\"" + Settled.HAND + "\"";
    }
    if (bare.equals(Scalars.GraphQLString)) {
      return "\"words\"";
    }
    return "\"" + id(parent, name, owner) + "\"";
  }

  private static String id(String parent, String name, Owner owner) {
    if (name.equals("intoId")) {
      return owner.other();
    }
    if (name.equals("executionId") || parent.equals("runbookExecution")) {
      return owner.execution();
    }
    return parent.toLowerCase(java.util.Locale.ROOT).contains("runbook")
        ? owner.runbook()
        : owner.incident();
  }
}
