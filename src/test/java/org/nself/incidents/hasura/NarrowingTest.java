package org.nself.incidents.hasura;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.parser.Parser;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Tests that {@link Narrowing} detects violations. */
class NarrowingTest {

  private static final String SCHEMA =
      """
      schema { query: Query mutation: Mutation }
      type Query { one(id: ID!, kind: Kind): Thing all: [Thing!]! }
      type Mutation { add(input: In!): Thing! }
      type Thing { id: ID! kind: Kind }
      enum Kind { A B }
      input In { id: ID! size: Int = 3 }
      """;

  private static List<String> faults(String sdl) {
    return Narrowing.faults(Parser.parse(SCHEMA), Parser.parse(sdl));
  }

  @Test
  void omittingFieldsArgumentsAndTypesIsAllowed() {
    assertThat(
            faults(
                "schema { query: Query } type Query { one(id: ID!): Thing } type Thing { id: ID!"
                    + " }"))
        .isEmpty();
  }

  @Test
  void aPresetOnAnArgumentIsAllowed() {
    assertThat(
            faults(
                """
                schema { query: Query }
                type Query { one(id: ID! @preset(value: "x-hasura-user-id")): Thing }
                type Thing { id: ID! }
                """))
        .isEmpty();
  }

  @TestFactory
  Stream<DynamicTest> finds() {
    return Map.ofEntries(
            Map.entry("type Query { all: [Thing]! } type Thing { id: ID! }", "and not [Thing!]!"),
            Map.entry("type Query { one: Thing } type Thing { id: ID! }", "lacks the required id"),
            Map.entry("type Query { one(id: ID): Thing } type Thing { id: ID! }", "and not ID!"),
            Map.entry("type Query { none: Int }", "Query.none is not in the schema"),
            Map.entry("type Query { all: [Thing!]! }", "Thing, which is not defined"),
            Map.entry(
                "type Query { all(first: Int): [Thing!]! } type Thing { id: ID! }",
                "(first) is not in the schema"),
            Map.entry(
                "type Query { all: [Thing!]! } type Thing { id: ID! @deprecated }",
                "has @deprecated"),
            Map.entry(
                "type Query { all: [Thing!]! @preset(value: 1) } type Thing { id: ID! }",
                "has @preset"),
            Map.entry(
                "type Query { all: [Thing!]! } type Thing { kind: Kind } enum Kind { C }",
                "Kind.C is no value"),
            Map.entry(
                "type Query { all: [Thing!]! } input Thing { id: ID! }", "not in the schema as"),
            Map.entry(
                "type Query { all: [Thing!]! } type Thing { id: ID! } input In { id: ID! size: Int"
                    + " }",
                "another default value"),
            Map.entry(
                "type Query { all: [Thing!]! } type Thing { id: ID! } extend type Thing { kind: Int"
                    + " }",
                "ObjectTypeExtensionDefinition"),
            Map.entry(
                "type Query { all: [Thing!]! } type Thing { id: ID! } directive @x on FIELD",
                "DirectiveDefinition"),
            Map.entry("type Query { all: [Other!]! } type Other { id: ID! }", "Other is not in"))
        .entrySet()
        .stream()
        .map(
            fault ->
                DynamicTest.dynamicTest(
                    fault.getValue(),
                    () ->
                        assertThat(faults("schema { query: Query } " + fault.getKey()))
                            .anyMatch(found -> found.contains(fault.getValue()))));
  }

  @Test
  void detectsAMissingSchemaOrQueryRoot() {
    assertThat(faults("type Query { all: [Thing!]! } type Thing { id: ID! }"))
        .anyMatch(fault -> fault.contains("0 schema definitions"));
    assertThat(faults("schema { mutation: Mutation }"))
        .anyMatch(fault -> fault.contains("no query root"));
  }
}
