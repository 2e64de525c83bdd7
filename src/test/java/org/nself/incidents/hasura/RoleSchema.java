package org.nself.incidents.hasura;

import graphql.language.AstPrinter;
import graphql.language.Document;
import graphql.language.EnumTypeDefinition;
import graphql.language.EnumValueDefinition;
import graphql.language.FieldDefinition;
import graphql.language.InputObjectTypeDefinition;
import graphql.language.InputValueDefinition;
import graphql.language.InterfaceTypeDefinition;
import graphql.language.NamedNode;
import graphql.language.ObjectTypeDefinition;
import graphql.language.ScalarTypeDefinition;
import graphql.language.Type;
import graphql.language.TypeDefinition;
import graphql.language.TypeName;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;

/**
 * The part of the schema that a role may use, as SDL in the format that Hasura's CLI exports: types
 * and members sorted by name, no descriptions. Without subscriptions, which Hasura does not pass
 * on.
 */
final class RoleSchema {

  private static final Set<String> BUILT_IN = Set.of("Int", "Float", "String", "Boolean", "ID");

  private final Map<String, TypeDefinition<?>> types;
  private final BiPredicate<String, String> allowed;
  private final Map<String, String> written = new TreeMap<>();

  private RoleSchema(Document schema, BiPredicate<String, String> allowed) {
    this.types =
        schema.getDefinitions().stream()
            .filter(TypeDefinition.class::isInstance)
            .map(type -> (TypeDefinition<?>) type)
            .collect(Collectors.toMap(TypeDefinition::getName, type -> type));
    this.allowed = allowed;
  }

  /**
   * Narrows a schema.
   *
   * @param allowed decides which fields of Query and Mutation are included
   */
  static String of(Document schema, BiPredicate<String, String> allowed) {
    return new RoleSchema(schema, allowed).write();
  }

  private String write() {
    StringBuilder sdl = new StringBuilder("schema {\n");
    for (String root : List.of("Query", "Mutation")) {
      if (!fields(root).isEmpty()) {
        sdl.append("  ").append(root.toLowerCase(java.util.Locale.ROOT));
        sdl.append(": ").append(root).append('\n');
        add(root);
      }
    }
    sdl.append("}\n");
    written.values().forEach(sdl::append);
    return sdl.toString();
  }

  private List<FieldDefinition> fields(String object) {
    return ((ObjectTypeDefinition) type(object))
        .getFieldDefinitions().stream()
            .filter(field -> !isRoot(object) || allowed.test(object, field.getName()))
            .toList();
  }

  private static boolean isRoot(String type) {
    return type.equals("Query") || type.equals("Mutation");
  }

  private TypeDefinition<?> type(String name) {
    return Objects.requireNonNull(types.get(name), name);
  }

  private void add(String name) {
    if (BUILT_IN.contains(name) || written.putIfAbsent(name, "") != null) {
      return;
    }
    String text =
        switch (type(name)) {
          case ScalarTypeDefinition scalar -> "scalar " + name + "\n";
          case EnumTypeDefinition values ->
              "enum "
                  + members(name, values.getEnumValueDefinitions(), EnumValueDefinition::getName);
          case InputObjectTypeDefinition input ->
              "input " + members(name, input.getInputValueDefinitions(), this::argument);
          case InterfaceTypeDefinition common ->
              "interface " + members(name, common.getFieldDefinitions(), this::field);
          case ObjectTypeDefinition object ->
              "type " + members(name + implemented(object), fields(name), this::field);
          default -> throw new IllegalStateException("Write here how Hasura exports " + name);
        };
    written.put(name, text);
  }

  private String implemented(ObjectTypeDefinition object) {
    List<String> interfaces =
        object.getImplements().stream().map(this::reference).sorted().toList();
    return interfaces.isEmpty() ? "" : " implements " + String.join(" & ", interfaces);
  }

  private static <T extends NamedNode<?>> String members(
      String name, List<T> members, java.util.function.Function<T, String> write) {
    return members.stream()
        .sorted(Comparator.comparing(NamedNode::getName))
        .map(member -> "  " + write.apply(member) + "\n")
        .collect(Collectors.joining("", name + " {\n", "}\n"));
  }

  private String field(FieldDefinition field) {
    String arguments =
        field.getInputValueDefinitions().isEmpty()
            ? ""
            : field.getInputValueDefinitions().stream()
                .map(this::argument)
                .collect(Collectors.joining(", ", "(", ")"));
    return field.getName() + arguments + ": " + reference(field.getType());
  }

  private String argument(InputValueDefinition argument) {
    if (argument.getDefaultValue() != null) {
      throw new IllegalStateException(
          argument.getName() + " has a default value, which breaks Hasura's role permissions");
    }
    return argument.getName() + ": " + reference(argument.getType());
  }

  private String reference(Type<?> type) {
    Type<?> named = type;
    while (!(named instanceof TypeName)) {
      named = (Type<?>) named.getChildren().getFirst();
    }
    add(((TypeName) named).getName());
    return AstPrinter.printAst(type);
  }
}
