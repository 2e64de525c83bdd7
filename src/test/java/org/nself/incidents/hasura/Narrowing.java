package org.nself.incidents.hasura;

import graphql.language.AbstractNode;
import graphql.language.AstPrinter;
import graphql.language.DirectivesContainer;
import graphql.language.Document;
import graphql.language.EnumTypeDefinition;
import graphql.language.FieldDefinition;
import graphql.language.InputObjectTypeDefinition;
import graphql.language.InputValueDefinition;
import graphql.language.InterfaceTypeDefinition;
import graphql.language.Node;
import graphql.language.NonNullType;
import graphql.language.ObjectTypeDefinition;
import graphql.language.SDLExtensionDefinition;
import graphql.language.ScalarTypeDefinition;
import graphql.language.SchemaDefinition;
import graphql.language.Type;
import graphql.language.TypeDefinition;
import graphql.language.TypeName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Hasura's rules for the SDL of a role, given the schema of the service: those of {@code
 * resolveRoleBasedRemoteSchema} in the engine, and that referenced types are defined, which the
 * engine checks later.
 */
final class Narrowing {

  private static final Set<String> BUILT_IN = Set.of("Int", "Float", "String", "Boolean", "ID");

  private final Map<String, TypeDefinition<?>> upstream = new LinkedHashMap<>();
  private final Map<String, TypeDefinition<?>> provided = new LinkedHashMap<>();
  private final List<String> faults = new ArrayList<>();

  private Narrowing() {}

  /** The errors that Hasura would report. */
  static List<String> faults(Document schema, Document sdl) {
    Narrowing narrowing = new Narrowing();
    for (Node<?> definition : schema.getDefinitions()) {
      if (definition instanceof TypeDefinition<?> type) {
        narrowing.upstream.put(type.getName(), type);
      }
    }
    narrowing.check(sdl);
    return narrowing.faults;
  }

  private void check(Document sdl) {
    int schemas = 0;
    for (Node<?> definition : sdl.getDefinitions()) {
      switch (definition) {
        case SchemaDefinition schema -> {
          schemas++;
          if (schema.getOperationTypeDefinitions().stream()
              .noneMatch(operation -> operation.getName().equals("query"))) {
            faults.add("the schema has no query root");
          }
        }
        case TypeDefinition<?> type when !(type instanceof SDLExtensionDefinition) -> {
          if (provided.put(type.getName(), type) != null) {
            faults.add(type.getName() + " is defined twice");
          }
        }
        default -> faults.add(definition.getClass().getSimpleName() + " is not possible here");
      }
    }
    if (schemas != 1) {
      faults.add("there are " + schemas + " schema definitions, not one");
    }
    provided.values().forEach(this::type);
  }

  private void type(TypeDefinition<?> type) {
    String name = type.getName();
    @Nullable TypeDefinition<?> original = upstream.get(name);
    if (original == null || original.getClass() != type.getClass()) {
      if (!BUILT_IN.contains(name)) {
        faults.add(name + " is not in the schema as such a type");
      }
      return;
    }
    directives(name, (DirectivesContainer<?>) type, false);
    switch (type) {
      case ScalarTypeDefinition scalar -> {}
      case EnumTypeDefinition values -> {
        Set<String> known =
            names(((EnumTypeDefinition) original).getEnumValueDefinitions(), v -> v.getName());
        values
            .getEnumValueDefinitions()
            .forEach(
                value -> {
                  directives(name + "." + value.getName(), value, false);
                  if (!known.contains(value.getName())) {
                    faults.add(name + "." + value.getName() + " is no value of the enum");
                  }
                });
      }
      case InputObjectTypeDefinition input ->
          arguments(
              name,
              input.getInputValueDefinitions(),
              ((InputObjectTypeDefinition) original).getInputValueDefinitions());
      case ObjectTypeDefinition object -> {
        ObjectTypeDefinition known = (ObjectTypeDefinition) original;
        fields(name, object.getFieldDefinitions(), known.getFieldDefinitions());
        object.getImplements().forEach(each -> implemented(object, known, (TypeName) each));
      }
      case InterfaceTypeDefinition common -> {
        fields(
            name,
            common.getFieldDefinitions(),
            ((InterfaceTypeDefinition) original).getFieldDefinitions());
        if (common.getFieldDefinitions().isEmpty() || !common.getImplements().isEmpty()) {
          faults.add(name + " is empty or implements an interface");
        }
      }
      default -> faults.add(name + " is of a kind that these rules do not know");
    }
  }

  private void implemented(
      ObjectTypeDefinition object, ObjectTypeDefinition original, TypeName name) {
    if (original.getImplements().stream().noneMatch(name::isEqualTo)
        || !(provided.get(name.getName()) instanceof InterfaceTypeDefinition common)) {
      faults.add(object.getName() + " implements " + name.getName() + ", which is not there");
      return;
    }
    Set<String> own = names(object.getFieldDefinitions(), field -> field.getName());
    for (FieldDefinition field : common.getFieldDefinitions()) {
      if (!own.contains(field.getName())) {
        faults.add(object.getName() + " lacks " + field.getName() + " of " + name.getName());
      }
    }
  }

  private void fields(String type, List<FieldDefinition> fields, List<FieldDefinition> originals) {
    Set<String> seen = new HashSet<>();
    for (FieldDefinition field : fields) {
      String place = type + "." + field.getName();
      directives(place, field, false);
      if (!seen.add(field.getName())) {
        faults.add(place + " is there twice");
      }
      @Nullable FieldDefinition known =
          originals.stream()
              .filter(candidate -> candidate.getName().equals(field.getName()))
              .findFirst()
              .orElse(null);
      if (known == null) {
        faults.add(place + " is not in the schema");
        continue;
      }
      same(place, field.getType(), known.getType());
      arguments(place, field.getInputValueDefinitions(), known.getInputValueDefinitions());
    }
  }

  private void arguments(
      String place, List<InputValueDefinition> arguments, List<InputValueDefinition> originals) {
    Map<String, InputValueDefinition> known = new LinkedHashMap<>();
    originals.forEach(original -> known.put(original.getName(), original));
    Set<String> given = new HashSet<>();
    for (InputValueDefinition argument : arguments) {
      String where = place + "(" + argument.getName() + ")";
      directives(where, argument, true);
      if (!given.add(argument.getName())) {
        faults.add(where + " is there twice");
      }
      @Nullable InputValueDefinition original = known.get(argument.getName());
      if (original == null) {
        faults.add(where + " is not in the schema");
        continue;
      }
      same(where, argument.getType(), original.getType());
      if (!text(argument.getDefaultValue()).equals(text(original.getDefaultValue()))) {
        faults.add(where + " has another default value");
      }
    }
    originals.stream()
        .filter(original -> original.getType() instanceof NonNullType)
        .filter(original -> !given.contains(original.getName()))
        .forEach(missing -> faults.add(place + " lacks the required " + missing.getName()));
  }

  private void same(String place, Type<?> type, Type<?> original) {
    if (!text(type).equals(text(original))) {
      faults.add(place + " is " + text(type) + " and not " + text(original));
    }
    Type<?> named = type;
    while (!(named instanceof TypeName)) {
      named = (Type<?>) named.getChildren().getFirst();
    }
    String name = ((TypeName) named).getName();
    if (!provided.containsKey(name) && !BUILT_IN.contains(name)) {
      faults.add(place + " is of the type " + name + ", which is not defined");
    }
  }

  private void directives(String place, DirectivesContainer<?> on, boolean presetsPossible) {
    on.getDirectives().stream()
        .filter(directive -> !(presetsPossible && directive.getName().equals("preset")))
        .forEach(directive -> faults.add(place + " has @" + directive.getName()));
  }

  private static <T> Set<String> names(List<T> members, Function<T, String> name) {
    return new HashSet<>(members.stream().map(name).toList());
  }

  private static String text(@Nullable Node<?> node) {
    return node == null ? "" : AstPrinter.printAst((AbstractNode<?>) node);
  }
}
