package org.nself.incidents.web.graphql;

import graphql.ExecutionResult;
import graphql.GraphQLError;
import graphql.execution.InputMapDefinesTooManyFieldsException;
import graphql.execution.NonNullableValueCoercedAsNullException;
import graphql.execution.TypeFromAST;
import graphql.execution.instrumentation.parameters.InstrumentationExecutionParameters;
import graphql.language.Argument;
import graphql.language.Document;
import graphql.language.Node;
import graphql.language.ObjectField;
import graphql.language.OperationDefinition;
import graphql.language.Value;
import graphql.language.VariableDefinition;
import graphql.language.VariableReference;
import graphql.schema.CoercingParseValueException;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import graphql.validation.ValidationError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.FieldError;
import org.nself.incidents.web.error.GraphQlApiError;

/**
 * Says of arguments that are not of their type what services say of those with wrong values: which
 * one, and what would be right. graphql-java's own messages name the variable but nothing inside of
 * it, do not list what is accepted, and quote values at any length.
 */
final class ArgumentErrorTranslator {

  private ArgumentErrorTranslator() {}

  /**
   * What graphql-java says of a literal; the parts are in its {@code i18n/Validation.properties}.
   */
  private static final Pattern LITERAL =
      Pattern.compile(
          "Validation error \\([^)]*\\) : argument '(?<path>[^']*)' with value '.*' (?:"
              + "(?<none>must not be null)"
              + "|(?<object>must be an object type)"
              + "|is not a valid '(?<type>\\w+)'(?: - .*)?"
              + "|is missing required fields '\\[(?<missing>[\\w, ]*)]'"
              + "|contains a field not in '(?<container>\\w+)': '(?<extra>\\w*)')",
          Pattern.DOTALL);

  /** The result with such errors told so. */
  static ExecutionResult told(
      ExecutionResult result, InstrumentationExecutionParameters parameters) {
    if (result.getErrors().stream().noneMatch(ArgumentErrorTranslator::concernsArguments)) {
      return result;
    }
    List<GraphQLError> errors =
        result.getErrors().stream().map(error -> told(error, parameters)).toList();
    return result.transform(builder -> builder.errors(errors));
  }

  private static boolean concernsArguments(GraphQLError error) {
    return error instanceof ValidationError || concernsVariables(error);
  }

  private static boolean concernsVariables(GraphQLError error) {
    return error instanceof CoercingParseValueException
        || error instanceof NonNullableValueCoercedAsNullException
        || error instanceof InputMapDefinesTooManyFieldsException;
  }

  private static GraphQLError told(
      GraphQLError error, InstrumentationExecutionParameters parameters) {
    List<FieldError> faults = new ArrayList<>();
    if (error instanceof ValidationError) {
      literal(error.getMessage(), parameters.getSchema(), faults);
    } else if (concernsVariables(error)) {
      // It is valid, but where it was known already nobody hands it out.
      variables(GraphQlRequestInterceptor.parse(parameters.getQuery()), parameters, faults);
    }
    return faults.isEmpty()
        ? error
        : GraphQlApiError.of(ApiException.invalid(faults), error.getLocations());
  }

  private static void literal(String message, GraphQLSchema schema, List<FieldError> faults) {
    Matcher said = LITERAL.matcher(message);
    if (!said.matches()) {
      return;
    }
    String argument = said.group("path");
    // Members of an argument are called without it, as services call them.
    int dot = argument.indexOf('.');
    String path = dot < 0 ? argument : argument.substring(dot + 1);
    String within = dot < 0 ? "" : path + ".";
    if (said.group("none") != null) {
      faults.add(new FieldError(path, "is required"));
    } else if (said.group("object") != null) {
      faults.add(new FieldError(path, "must be an object"));
    } else if (said.group("missing") != null) {
      for (String missing : said.group("missing").split(", ", -1)) {
        faults.add(new FieldError(within + missing, "is required"));
      }
    } else if (said.group("container") != null
        && schema.getType(said.group("container")) instanceof GraphQLInputObjectType object) {
      faults.add(InputTypeDescriptions.unknown(object, within + said.group("extra")));
    } else if (said.group("type") != null) {
      @Nullable GraphQLType type = schema.getType(said.group("type"));
      if (type != null) {
        faults.add(new FieldError(path, InputTypeDescriptions.expectation(type)));
      }
    }
  }

  private static void variables(
      Document document, InstrumentationExecutionParameters parameters, List<FieldError> faults) {
    for (OperationDefinition operation : document.getDefinitionsOfType(OperationDefinition.class)) {
      if (parameters.getOperation() != null
          && !parameters.getOperation().isEmpty()
          && !parameters.getOperation().equals(operation.getName())) {
        continue;
      }
      for (VariableDefinition variable : operation.getVariableDefinitions()) {
        @Nullable GraphQLType type =
            TypeFromAST.getTypeFromAST(parameters.getSchema(), variable.getType());
        if (type == null) {
          continue;
        }
        boolean object = GraphQLTypeUtil.unwrapNonNull(type) instanceof GraphQLInputObjectType;
        @Nullable Object value = parameters.getVariables().get(variable.getName());
        InputTypeDescriptions.check(
            type,
            value,
            object && value instanceof Map ? "" : used(document, variable.getName()),
            faults);
      }
    }
  }

  /** The argument or member that a variable is used for; its own name where it is none. */
  private static String used(Node<?> node, String variable) {
    @Nullable String found = find(node, variable);
    return found == null ? variable : found;
  }

  private static @Nullable String find(Node<?> node, String variable) {
    if (node instanceof Argument argument && refers(argument.getValue(), variable)) {
      return argument.getName();
    }
    if (node instanceof ObjectField field && refers(field.getValue(), variable)) {
      return field.getName();
    }
    for (Node<?> child : node.getChildren()) {
      @Nullable String found = find(child, variable);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static boolean refers(@Nullable Value<?> value, String variable) {
    return value instanceof VariableReference reference && reference.getName().equals(variable);
  }
}
