package org.nself.incidents.web.graphql;

import graphql.GraphQLContext;
import graphql.schema.CoercingParseValueException;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLEnumValueDefinition;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLType;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.FieldError;

/** Says what a value of an input type must be, and where in a variable one is not. */
final class InputTypeDescriptions {

  private InputTypeDescriptions() {}

  /** What a value of this type must be, to follow its name in a sentence. */
  static String expectation(GraphQLType type) {
    return switch (type) {
      case GraphQLNonNull required -> expectation(required.getWrappedType());
      case GraphQLList _ -> "must be a list";
      case GraphQLEnumType choice ->
          "must be one of "
              + choice.getValues().stream()
                  .map(GraphQLEnumValueDefinition::getName)
                  .collect(Collectors.joining(", "));
      case GraphQLScalarType scalar ->
          switch (scalar.getName()) {
            case "String", "ID" -> "must be text";
            case "Int" ->
                "must be a whole number from %d to %d"
                    .formatted(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "Boolean" -> "must be true or false";
            case "DateTime" -> Scalars.EXPECTED_MOMENT;
            default -> "must be a " + scalar.getName();
          };
      default -> "must be an object";
    };
  }

  /**
   * Notes every place in a variable's value that is not of its type.
   *
   * @param path of the value, as it is to be called
   */
  static void check(
      GraphQLType type, @Nullable Object value, String path, List<FieldError> faults) {
    if (type instanceof GraphQLNonNull required) {
      if (value == null) {
        faults.add(new FieldError(path, "is required"));
      } else {
        check(required.getWrappedType(), value, path, faults);
      }
    } else if (value != null && !fits(type, value, path, faults)) {
      faults.add(new FieldError(path, expectation(type)));
    }
  }

  /** False where the value itself is wrong; what is wrong inside of it is noted. */
  private static boolean fits(
      GraphQLType type, Object value, String path, List<FieldError> faults) {
    switch (type) {
      case GraphQLList list -> {
        if (value instanceof Collection<?> items) {
          int index = 0;
          for (Object item : items) {
            check(list.getWrappedType(), item, path + "[" + index++ + "]", faults);
          }
        } else {
          // GraphQL takes a single item for a list of it.
          check(list.getWrappedType(), value, path, faults);
        }
        return true;
      }
      case GraphQLInputObjectType object -> {
        if (value instanceof Map<?, ?> members) {
          members(object, members, path, faults);
        }
        return value instanceof Map<?, ?>;
      }
      case GraphQLEnumType choice -> {
        return value instanceof String word && choice.getValue(word) != null;
      }
      case GraphQLScalarType scalar -> {
        try {
          scalar.getCoercing().parseValue(value, GraphQLContext.getDefault(), Locale.ROOT);
          return true;
        } catch (CoercingParseValueException e) {
          return false;
        }
      }
      default -> {
        return true;
      }
    }
  }

  private static void members(
      GraphQLInputObjectType object, Map<?, ?> members, String path, List<FieldError> faults) {
    for (GraphQLInputObjectField field : object.getFieldDefinitions()) {
      check(field.getType(), members.get(field.getName()), inside(path, field.getName()), faults);
    }
    for (Object name : members.keySet()) {
      if (object.getFieldDefinition(String.valueOf(name)) == null) {
        faults.add(unknown(object, inside(path, ApiException.excerpt(String.valueOf(name)))));
      }
    }
  }

  /** A member that the type does not have. */
  static FieldError unknown(GraphQLInputObjectType object, String path) {
    return new FieldError(
        path,
        "unknown field; allowed fields: "
            + object.getFieldDefinitions().stream()
                .map(GraphQLInputObjectField::getName)
                .collect(Collectors.joining(", ")));
  }

  /** Members of an argument are called without it, as services call them. */
  private static String inside(String path, String member) {
    return path.isEmpty() ? member : path + "." + member;
  }
}
