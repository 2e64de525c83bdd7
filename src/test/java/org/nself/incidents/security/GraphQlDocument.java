package org.nself.incidents.security;

import graphql.Scalars;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLInputType;
import graphql.schema.GraphQLInterfaceType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.nself.incidents.testing.Settled;

/** Valid documents that select everything below a root field. */
final class GraphQlDocument {

  private static final int DEPTH = 6;

  private GraphQlDocument() {}

  static String of(String operation, GraphQLFieldDefinition field, AccountOwner owner) {
    return operation + " { " + call(field, owner, DEPTH) + " }";
  }

  /** Whether it is about one object, which the caller names. */
  static boolean takesAnId(GraphQLFieldDefinition field) {
    return field.getArguments().stream()
        .flatMap(
            argument ->
                GraphQLTypeUtil.unwrapAll(argument.getType())
                        instanceof GraphQLInputObjectType input
                    ? input.getFieldDefinitions().stream().map(GraphQLInputObjectField::getName)
                    : Stream.of(argument.getName()))
        .anyMatch(name -> name.matches("id|incidentId|executionId|runbookId"));
  }

  private static String call(GraphQLFieldDefinition field, AccountOwner owner, int depth) {
    StringJoiner arguments = new StringJoiner(", ", "(", ")").setEmptyValue("");
    for (GraphQLArgument argument : field.getArguments()) {
      String name = argument.getName();
      if (name.equals("first")) {
        // All objects; the default of 20, in nested lists, would exceed the query cost limit.
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

  private static String selection(GraphQLType type, AccountOwner owner, int depth) {
    if (type instanceof GraphQLInterfaceType) {
      return " { __typename nodeId ... on Incident { title summary labels } }";
    }
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

  /** A valid value for an argument or input field, by its name where the type is not enough. */
  private static String value(
      String parent, String name, GraphQLInputType type, AccountOwner owner) {
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
    if (bare instanceof GraphQLScalarType scalar && scalar.getName().equals("DateTime")) {
      return name.equals("to") ? "\"2026-03-01T00:00:00Z\"" : "\"2026-01-01T00:00:00Z\"";
    }
    if (bare.equals(Scalars.GraphQLID)) {
      byte[] global = ("Incident:" + owner.incident()).getBytes(StandardCharsets.UTF_8);
      return "\"" + Base64.getUrlEncoder().withoutPadding().encodeToString(global) + "\"";
    }
    return "\"" + id(parent, name, owner) + "\"";
  }

  private static String id(String parent, String name, AccountOwner owner) {
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
