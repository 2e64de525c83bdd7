package org.nself.incidents.web.graphql.fastpath;

import static graphql.execution.FieldCollectorParameters.newParameters;

import graphql.execution.DataFetcherResult;
import graphql.execution.ExecutionContext;
import graphql.execution.FieldCollector;
import graphql.execution.MergedField;
import graphql.execution.MergedSelectionSet;
import graphql.introspection.Introspection;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLType;
import graphql.schema.LightDataFetcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.graphql.Fetchers;
import org.reactivestreams.Publisher;

/**
 * What a document asks of an object, where all of it can be read off the object: plain fields, as
 * {@link Fetchers} makes them, down to the last leaf. It is found out once for an object, or once
 * for all objects of a list, and written in a loop. graphql-java would do so too, with some twenty
 * objects, a path and a future or two for each value; a page of incidents has 165 of those.
 *
 * <p>Only for what is as it should be: a null where there must be none, a value that its type
 * refuses, anything that comes later throws, and then graphql-java does it again in its own way,
 * with the errors that belong to it. Plain fields may be read twice.
 */
public final class CompiledSelection {

  private final List<Part> parts;

  private CompiledSelection(List<Part> parts) {
    this.parts = parts;
  }

  /** A field of the answer. */
  private sealed interface Part {

    String key();

    record TypeName(String key, String name) implements Part {}

    record Value(
        String key, GraphQLFieldDefinition definition, LightDataFetcher<?> fetcher, Shape shape)
        implements Part {}
  }

  /** What a value is made of. */
  private sealed interface Shape {

    record Scalar(GraphQLScalarType type) implements Shape {}

    record Choice(GraphQLEnumType type) implements Shape {}

    record Items(Shape of) implements Shape {}

    record Inner(CompiledSelection of) implements Shape {}

    record Required(Shape of) implements Shape {}
  }

  /** Null where some field is not plain. */
  static @Nullable CompiledSelection of(
      ExecutionContext context,
      FieldCollector collector,
      GraphQLObjectType type,
      MergedField field) {
    MergedSelectionSet wanted =
        collector.collectFields(
            newParameters()
                .schema(context.getGraphQLSchema())
                .objectType(type)
                .fragments(context.getFragmentsByName())
                .variables(context.getCoercedVariables().toMap())
                .graphQLContext(context.getGraphQLContext())
                .build(),
            field,
            false);
    List<Part> parts = new ArrayList<>(wanted.size());
    for (String key : wanted.getKeys()) {
      @Nullable Part part =
          part(context, collector, type, key, Objects.requireNonNull(wanted.getSubField(key)));
      if (part == null) {
        return null;
      }
      parts.add(part);
    }
    return new CompiledSelection(parts);
  }

  private static @Nullable Part part(
      ExecutionContext context,
      FieldCollector collector,
      GraphQLObjectType type,
      String key,
      MergedField field) {
    if (field.getName().equals(Introspection.TypeNameMetaFieldDef.getName())) {
      return new Part.TypeName(key, type.getName());
    }
    @Nullable GraphQLFieldDefinition definition = type.getFieldDefinition(field.getName());
    if (definition == null || !definition.getArguments().isEmpty()) {
      return null;
    }
    if (!(context
            .getGraphQLSchema()
            .getCodeRegistry()
            .getDataFetcher(type.getName(), definition.getName(), definition)
        instanceof LightDataFetcher<?> fetcher)) {
      return null;
    }
    @Nullable Shape shape = shape(context, collector, definition.getType(), field);
    return shape == null ? null : new Part.Value(key, definition, fetcher, shape);
  }

  private static @Nullable Shape shape(
      ExecutionContext context, FieldCollector collector, GraphQLType type, MergedField field) {
    return switch (type) {
      case GraphQLNonNull required -> {
        @Nullable Shape of = shape(context, collector, required.getWrappedType(), field);
        yield of == null ? null : new Shape.Required(of);
      }
      case GraphQLList list -> {
        @Nullable Shape of = shape(context, collector, list.getWrappedType(), field);
        yield of == null ? null : new Shape.Items(of);
      }
      case GraphQLScalarType scalar -> new Shape.Scalar(scalar);
      case GraphQLEnumType choice -> new Shape.Choice(choice);
      case GraphQLObjectType object -> {
        @Nullable CompiledSelection of = of(context, collector, object, field);
        yield of == null ? null : new Shape.Inner(of);
      }
      default -> null;
    };
  }

  /**
   * The answer for an object.
   *
   * @throws Exception where graphql-java is to do it
   */
  Map<String, @Nullable Object> complete(ExecutionContext context, Object source) throws Exception {
    Map<String, @Nullable Object> answer = LinkedHashMap.newLinkedHashMap(parts.size());
    for (Part part : parts) {
      answer.put(
          part.key(),
          switch (part) {
            case Part.TypeName(_, String name) -> name;
            case Part.Value(_, var definition, var fetcher, Shape shape) ->
                complete(
                    context,
                    shape,
                    fetcher.get(definition, source, CompiledSelection::noEnvironment));
          });
    }
    return answer;
  }

  private static @Nullable Object complete(
      ExecutionContext context, Shape shape, @Nullable Object fetched) throws Exception {
    @Nullable Object value = context.getValueUnboxer().unbox(fetched);
    if (shape instanceof Shape.Required(Shape of)) {
      return there(complete(context, of, there(value)));
    }
    if (value == null) {
      return null;
    }
    if (value instanceof CompletionStage<?>
        || value instanceof Publisher<?>
        || value instanceof Flow.Publisher<?>
        || value instanceof DataFetcherResult<?>) {
      throw new IllegalStateException("comes later, or with more than a value");
    }
    return switch (shape) {
      case Shape.Scalar(GraphQLScalarType type) ->
          type.getCoercing().serialize(value, context.getGraphQLContext(), context.getLocale());
      case Shape.Choice(GraphQLEnumType type) ->
          type.serialize(value, context.getGraphQLContext(), context.getLocale());
      case Shape.Items(Shape of) -> {
        List<?> items = (List<?>) value;
        List<@Nullable Object> answers = new ArrayList<>(items.size());
        for (Object item : items) {
          answers.add(complete(context, of, item));
        }
        yield answers;
      }
      case Shape.Inner(CompiledSelection of) -> of.complete(context, value);
      case Shape.Required _ -> throw new IllegalStateException("is not nullable twice");
    };
  }

  private static Object there(@Nullable Object value) {
    if (value == null) {
      throw new IllegalStateException("is null");
    }
    return value;
  }

  private static DataFetchingEnvironment noEnvironment() {
    throw new IllegalStateException("asks for more than the object");
  }
}
