package org.nself.incidents.web.graphql;

import graphql.ExecutionResult;
import graphql.GraphQLContext;
import graphql.GraphQLError;
import graphql.execution.CoercedVariables;
import graphql.execution.InputMapDefinesTooManyFieldsException;
import graphql.execution.NonNullableValueCoercedAsNullException;
import graphql.execution.TypeFromAST;
import graphql.execution.instrumentation.parameters.InstrumentationExecutionParameters;
import graphql.language.Argument;
import graphql.language.ArrayValue;
import graphql.language.Document;
import graphql.language.EnumValue;
import graphql.language.Field;
import graphql.language.FragmentDefinition;
import graphql.language.InlineFragment;
import graphql.language.Node;
import graphql.language.NullValue;
import graphql.language.ObjectField;
import graphql.language.ObjectValue;
import graphql.language.OperationDefinition;
import graphql.language.TypeName;
import graphql.language.Value;
import graphql.language.VariableDefinition;
import graphql.language.VariableReference;
import graphql.schema.CoercingParseLiteralException;
import graphql.schema.CoercingParseValueException;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLEnumValueDefinition;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import graphql.validation.ValidationError;
import graphql.validation.ValidationErrorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.FieldErrors;
import org.nself.incidents.web.error.GraphQlApiError;

/**
 * Names the arguments and input fields whose value is not of its type, as services name those with
 * invalid values, and like them {@value FieldErrors#MAX} at most. graphql-java's own errors stop at
 * the first one, name the variable but not the field in it, and do not list the allowed values; so
 * the values are checked again once it has rejected them.
 */
final class ArgumentErrors {

  private final GraphQLSchema schema;
  private final Document document;
  private final FieldErrors errors = new FieldErrors();
  private final Map<String, String> usages = new HashMap<>();

  private ArgumentErrors(GraphQLSchema schema, Document document) {
    this.schema = schema;
    this.document = document;
    findUsages(document, usages);
  }

  /** The result with all errors about arguments replaced by one. */
  static ExecutionResult describe(
      ExecutionResult result, InstrumentationExecutionParameters parameters) {
    List<GraphQLError> found =
        result.getErrors().stream().filter(ArgumentErrors::isAboutArgument).toList();
    if (found.isEmpty()) {
      return result;
    }
    ArgumentErrors described =
        new ArgumentErrors(
            parameters.getSchema(), GraphQlRequestInterceptor.parse(parameters.getQuery()));
    described.checkAll(parameters);
    if (described.errors.isEmpty()) {
      return result;
    }
    List<GraphQLError> errors = new ArrayList<>(result.getErrors());
    errors.removeAll(found);
    errors.addFirst(
        GraphQlApiError.of(
            ApiException.invalid(described.errors), found.getFirst().getLocations()));
    return result.transform(builder -> builder.errors(errors));
  }

  private static boolean isAboutArgument(GraphQLError error) {
    return error instanceof ValidationError invalid
        ? invalid.getValidationErrorType() == ValidationErrorType.WrongType
            || invalid.getValidationErrorType() == ValidationErrorType.NullValueForNonNullArgument
        : error instanceof CoercingParseValueException
            || error instanceof NonNullableValueCoercedAsNullException
            || error instanceof InputMapDefinesTooManyFieldsException;
  }

  private void checkAll(InstrumentationExecutionParameters parameters) {
    @Nullable String name = parameters.getOperation();
    for (OperationDefinition operation : document.getDefinitionsOfType(OperationDefinition.class)) {
      if (name == null || name.isEmpty() || name.equals(operation.getName())) {
        operation
            .getVariableDefinitions()
            .forEach(variable -> checkVariable(variable, parameters.getVariables()));
        checkLiterals(operation, rootType(operation));
      }
    }
    for (FragmentDefinition fragment : document.getDefinitionsOfType(FragmentDefinition.class)) {
      checkLiterals(fragment, schema.getType(fragment.getTypeCondition().getName()));
    }
  }

  private @Nullable GraphQLType rootType(OperationDefinition operation) {
    return switch (operation.getOperation()) {
      case QUERY -> schema.getQueryType();
      case MUTATION -> schema.getMutationType();
      case SUBSCRIPTION -> schema.getSubscriptionType();
    };
  }

  private void checkVariable(VariableDefinition variable, Map<String, Object> variables) {
    @Nullable GraphQLType type = TypeFromAST.getTypeFromAST(schema, variable.getType());
    if (type == null) {
      return;
    }
    @Nullable Object value = variables.get(variable.getName());
    if (value == null && variable.getDefaultValue() != null) {
      return;
    }
    check(type, value, usages.getOrDefault(variable.getName(), variable.getName()), true);
  }

  /** For each variable the first argument or input field that it is used for. */
  private static void findUsages(Node<?> node, Map<String, String> usages) {
    switch (node) {
      case Argument argument when argument.getValue() instanceof VariableReference variable ->
          usages.putIfAbsent(variable.getName(), argument.getName());
      case ObjectField field when field.getValue() instanceof VariableReference variable ->
          usages.putIfAbsent(variable.getName(), field.getName());
      default -> node.getChildren().forEach(child -> findUsages(child, usages));
    }
  }

  /** Checks the arguments of all fields in a selection. */
  private void checkLiterals(Node<?> selection, @Nullable GraphQLType parent) {
    for (Node<?> child : selection.getChildren()) {
      switch (child) {
        case Field field -> {
          @Nullable GraphQLFieldDefinition definition =
              parent instanceof GraphQLFieldsContainer container
                  ? container.getFieldDefinition(field.getName())
                  : null;
          if (definition != null) {
            field.getArguments().forEach(argument -> checkLiteral(definition, argument));
            checkLiterals(field, GraphQLTypeUtil.unwrapAll(definition.getType()));
          }
        }
        case InlineFragment fragment -> {
          @Nullable TypeName condition = fragment.getTypeCondition();
          checkLiterals(fragment, condition == null ? parent : schema.getType(condition.getName()));
        }
        default -> checkLiterals(child, parent);
      }
    }
  }

  private void checkLiteral(GraphQLFieldDefinition field, Argument argument) {
    @Nullable GraphQLArgument definition = field.getArgument(argument.getName());
    if (definition != null) {
      check(definition.getType(), argument.getValue(), argument.getName(), true);
    }
  }

  /**
   * Notes every place where a value is not of its type.
   *
   * @param value a literal of the document, or a part of a variable
   * @param argument whether it is the value of an argument, whose name is left out of the paths of
   *     its fields, as in the errors of services
   */
  private void check(GraphQLType type, @Nullable Object value, String path, boolean argument) {
    if (value instanceof VariableReference || errors.isFull()) {
      return;
    }
    if (value == null || value instanceof NullValue) {
      if (type instanceof GraphQLNonNull) {
        errors.add(path, "is required");
      }
      return;
    }
    switch (type) {
      case GraphQLNonNull required -> check(required.getWrappedType(), value, path, argument);
      case GraphQLList list -> checkItems(list.getWrappedType(), value, path);
      case GraphQLInputObjectType object -> {
        @Nullable Map<String, ? extends @Nullable Object> fields = fields(value);
        if (fields == null) {
          errors.add(path, "must be an object");
        } else {
          checkFields(object, fields, argument ? "" : path + ".");
        }
      }
      case GraphQLEnumType choice -> {
        @Nullable String name =
            value instanceof EnumValue literal
                ? literal.getName()
                : value instanceof String text ? text : null;
        if (name == null || choice.getValue(name) == null) {
          errors.add(path, errors.hasRoom() ? "must be one of " + names(choice) : "");
        }
      }
      case GraphQLScalarType scalar -> {
        if (!parses(scalar, value)) {
          errors.add(path, expectation(scalar));
        }
      }
      default -> {}
    }
  }

  private void checkItems(GraphQLType type, Object value, String path) {
    @Nullable Collection<?> items =
        value instanceof ArrayValue literal
            ? literal.getValues()
            : value instanceof Collection<?> collection ? collection : null;
    if (items == null) {
      // GraphQL coerces a single value to a list.
      check(type, value, path, false);
      return;
    }
    int index = 0;
    for (Object item : items) {
      if (errors.isFull()) {
        return;
      }
      check(type, item, path + "[" + index++ + "]", false);
    }
  }

  private static @Nullable Map<String, ? extends @Nullable Object> fields(Object value) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    switch (value) {
      case ObjectValue literal ->
          literal.getObjectFields().forEach(field -> fields.put(field.getName(), field.getValue()));
      case Map<?, ?> map -> map.forEach((name, member) -> fields.put(String.valueOf(name), member));
      default -> {
        return null;
      }
    }
    return fields;
  }

  private void checkFields(
      GraphQLInputObjectType object,
      Map<String, ? extends @Nullable Object> fields,
      String prefix) {
    for (GraphQLInputObjectField field : object.getFieldDefinitions()) {
      check(field.getType(), fields.get(field.getName()), prefix + field.getName(), false);
    }
    for (String name : fields.keySet()) {
      if (object.getFieldDefinition(name) == null) {
        if (!errors.hasRoom()) {
          errors.count(1);
          continue;
        }
        String allowed =
            object.getFieldDefinitions().stream()
                .map(GraphQLInputObjectField::getName)
                .collect(Collectors.joining(", "));
        errors.add(
            prefix + ApiException.excerpt(name), "unknown field; allowed fields: " + allowed);
      }
    }
  }

  private static boolean parses(GraphQLScalarType scalar, Object value) {
    try {
      if (value instanceof Value<?> literal) {
        scalar
            .getCoercing()
            .parseLiteral(
                literal,
                CoercedVariables.emptyVariables(),
                GraphQLContext.getDefault(),
                Locale.ROOT);
      } else {
        scalar.getCoercing().parseValue(value, GraphQLContext.getDefault(), Locale.ROOT);
      }
      return true;
    } catch (CoercingParseLiteralException | CoercingParseValueException e) {
      return false;
    }
  }

  private static String expectation(GraphQLScalarType scalar) {
    return switch (scalar.getName()) {
      case "String", "ID" -> "must be text";
      case "Int" -> "must be a whole number of 32 bits";
      case "Boolean" -> "must be true or false";
      case "DateTime" -> Scalars.DATE_TIME_EXPECTED;
      default -> "must be a " + scalar.getName();
    };
  }

  private static String names(GraphQLEnumType choice) {
    return choice.getValues().stream()
        .map(GraphQLEnumValueDefinition::getName)
        .collect(Collectors.joining(", "));
  }
}
