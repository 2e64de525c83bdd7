package org.nself.incidents.contract;

import graphql.language.AstPrinter;
import graphql.language.EnumTypeDefinition;
import graphql.language.EnumValueDefinition;
import graphql.language.FieldDefinition;
import graphql.language.InputObjectTypeDefinition;
import graphql.language.InputValueDefinition;
import graphql.language.InterfaceTypeDefinition;
import graphql.language.ListType;
import graphql.language.NonNullType;
import graphql.language.ObjectTypeDefinition;
import graphql.language.Type;
import graphql.language.TypeDefinition;
import graphql.language.TypeName;
import graphql.schema.idl.TypeDefinitionRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes requests for the fields of the GraphQL schema, most of them nearly valid. */
final class GraphQlGenerator {

  private static final int MAX_DEPTH = 3;

  private final TypeDefinitionRegistry schema;
  private final Map<String, List<String>> known;

  GraphQlGenerator(TypeDefinitionRegistry schema, Map<String, List<String>> known) {
    this.schema = schema;
    this.known = known;
  }

  private static final class Document {
    final List<String> declarations = new ArrayList<>();
    final List<String> variables = new ArrayList<>();
  }

  GeneratedRequest next(Choices choices) {
    String operation =
        choices.chance(0.03) ? "subscription" : choices.chance(0.5) ? "query" : "mutation";
    String root = Character.toUpperCase(operation.charAt(0)) + operation.substring(1);
    Document document = new Document();
    StringBuilder fields = new StringBuilder();
    int count = choices.chance(0.9) ? 1 : 1 + choices.below(3);
    for (int i = 0; i < count; i++) {
      FieldDefinition field = choices.of(fields(root));
      fields.append(" f").append(i).append(": ").append(field(field, 0, document, choices));
    }
    String declarations =
        document.declarations.isEmpty() ? "" : "(" + String.join(", ", document.declarations) + ")";
    String query = operation + declarations + " {" + fields + " }";
    if (choices.chance(0.03)) {
      query =
          choices.of(
              List.of(
                  "",
                  "{",
                  "{ a }",
                  "{ __typename }",
                  "{ __schema { types { name } } }",
                  "{ me { ...A } } fragment A on Caller { ...A }",
                  "query A { me { role } } query B { me { role } }",
                  "{ " + "me { role } ".repeat(500) + "}",
                  "{".repeat(5_000),
                  "{ incident(id: \"\\uD800\") { id } }",
                  "{ me @skip(if: 1) { role } }",
                  "{ me { role @include(if: $x) } }",
                  "\u0000{ me { role } }",
                  query.substring(0, choices.below(query.length() + 1)) + choices.nastyText()));
    }
    String body =
        "{\"query\":%s,\"variables\":%s%s}"
            .formatted(
                UnusualJson.quote(query, choices.chance(0.3)),
                choices.chance(0.03)
                    ? RestGenerator.anything(choices)
                    : "{" + String.join(",", document.variables) + "}",
                choices.chance(0.03)
                    ? ",\"operationName\":" + RestGenerator.anything(choices)
                    : choices.chance(0.02)
                        ? ",\"extensions\":" + RestGenerator.anything(choices)
                        : "");
    return new GeneratedRequest(
        "POST",
        "/graphql",
        List.of(Map.entry("Content-Type", "application/json")),
        UnusualJson.encode(body));
  }

  private List<FieldDefinition> fields(String type) {
    @Nullable TypeDefinition<?> definition = schema.getTypeOrNull(type);
    return switch (definition) {
      case ObjectTypeDefinition object -> object.getFieldDefinitions();
      case InterfaceTypeDefinition object -> object.getFieldDefinitions();
      case null, default -> List.of();
    };
  }

  private String field(FieldDefinition field, int depth, Document document, Choices choices) {
    StringBuilder text = new StringBuilder(field.getName());
    List<String> arguments = new ArrayList<>();
    for (InputValueDefinition argument : field.getInputValueDefinitions()) {
      boolean required = argument.getType() instanceof NonNullType;
      if (choices.chance(required ? 0.98 : 0.4)) {
        arguments.add(argument.getName() + ": " + argument(argument, document, choices));
      }
    }
    if (choices.chance(0.01)) {
      arguments.add("nothing: 1");
    }
    if (!arguments.isEmpty()) {
      text.append('(').append(String.join(", ", arguments)).append(')');
    }
    if (choices.chance(0.02)) {
      text.append(choices.of(List.of(" @skip(if: true)", " @include(if: false)", " @nothing")));
    }
    return text.append(selection(name(field.getType()), depth, document, choices)).toString();
  }

  private String selection(String type, int depth, Document document, Choices choices) {
    List<FieldDefinition> fields = fields(type);
    if (fields.isEmpty()) {
      return choices.chance(0.005) ? " { a }" : "";
    }
    StringBuilder selected = new StringBuilder(" { __typename");
    for (FieldDefinition field : fields) {
      boolean nested = !fields(name(field.getType())).isEmpty();
      if (choices.chance(nested ? (depth < MAX_DEPTH ? 0.25 : 0) : 0.5)) {
        selected.append(' ').append(field(field, depth + 1, document, choices));
      }
    }
    return selected.append(" }").toString();
  }

  /** Half of them as variables, whose values are JSON. */
  private String argument(InputValueDefinition argument, Document document, Choices choices) {
    if (choices.chance(0.5)) {
      String name = "v" + document.variables.size();
      document.declarations.add("$" + name + ": " + AstPrinter.printAstCompact(argument.getType()));
      document.variables.add(
          "\"" + name + "\":" + value(argument.getType(), argument.getName(), 0, true, choices));
      return "$" + name;
    }
    return value(argument.getType(), argument.getName(), 0, false, choices);
  }

  /**
   * @param json whether to write JSON rather than a literal of GraphQL
   */
  private String value(Type<?> type, String name, int depth, boolean json, Choices choices) {
    if (choices.chance(0.04)) {
      return json ? RestGenerator.anything(choices) : literal(choices);
    }
    return switch (type) {
      case NonNullType some -> value(some.getType(), name, depth, json, choices);
      case ListType list -> {
        List<String> items = new ArrayList<>();
        int size = choices.chance(0.01) ? 201 : choices.below(3);
        for (int i = 0; i < size; i++) {
          items.add(value(list.getType(), name, depth + 1, json, choices));
        }
        yield choices.chance(0.05) ? "null" : "[" + String.join(",", items) + "]";
      }
      case TypeName named -> named(named.getName(), name, depth, json, choices);
      default -> throw new IllegalStateException(String.valueOf(type));
    };
  }

  private String named(String type, String name, int depth, boolean json, Choices choices) {
    @Nullable TypeDefinition<?> definition = schema.getTypeOrNull(type);
    return switch (definition) {
      case EnumTypeDefinition values -> {
        String value =
            choices.of(
                values.getEnumValueDefinitions().stream()
                    .map(EnumValueDefinition::getName)
                    .toList());
        yield json ? "\"" + value + "\"" : value;
      }
      case InputObjectTypeDefinition object -> {
        List<String> members = new ArrayList<>();
        for (InputValueDefinition member : object.getInputValueDefinitions()) {
          boolean required = member.getType() instanceof NonNullType;
          if (choices.chance(required ? 0.98 : depth > 4 ? 0.05 : 0.3)) {
            members.add(
                (json ? "\"" + member.getName() + "\"" : member.getName())
                    + ":"
                    + value(member.getType(), member.getName(), depth + 1, json, choices));
          }
        }
        yield "{" + String.join(",", members) + "}";
      }
      case null, default -> scalar(type, name, json, choices);
    };
  }

  private String scalar(String type, String name, boolean json, Choices choices) {
    return switch (type) {
      case "Int" -> choices.chance(0.8) ? String.valueOf(choices.below(60) - 3) : choices.number();
      case "Float" -> choices.number();
      case "Boolean" -> choices.chance(0.5) ? "true" : "false";
      case "JSON" ->
          json
              ? RestGenerator.anything(choices)
              : choices.of(
                  List.of(
                      "{a: 1}",
                      "[1, {b: null}]",
                      "\"a\"",
                      "1e400",
                      "{__proto__: 1}",
                      "{}",
                      "ENUM"));
      default -> UnusualJson.quote(text(type, name, choices), choices.chance(0.3));
    };
  }

  private String text(String type, String name, Choices choices) {
    if (choices.chance(0.1)) {
      return choices.nastyText();
    }
    List<String> named = known.getOrDefault(name, List.of());
    return switch (type) {
      case "UUID", "ID" ->
          named.isEmpty()
              ? choices.of(known.getOrDefault("uuid", List.of("a")))
              : choices.of(named);
      case "DateTime" -> choices.of(List.of("2026-01-01T00:00:00Z", "2026-06-01T00:00:00+02:00"));
      default -> named.isEmpty() || choices.chance(0.5) ? choices.text() : choices.of(named);
    };
  }

  private static String literal(Choices choices) {
    return choices.of(
        List.of(
            "null",
            "1",
            "true",
            "\"\"",
            "[]",
            "{}",
            "ENUM",
            "\"\\u0000\"",
            "\"\\uD800\"",
            "\"\"\"block\"\"\"",
            "[[[[[1]]]]]",
            "{a: {b: {c: [1]}}}",
            "99999999999999999999",
            "1e400",
            "$nothing"));
  }

  private static String name(Type<?> type) {
    return switch (type) {
      case NonNullType some -> name(some.getType());
      case ListType list -> name(list.getType());
      case TypeName named -> named.getName();
      default -> throw new IllegalStateException(String.valueOf(type));
    };
  }
}
