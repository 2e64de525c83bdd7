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
 * The selection of an object that has only plain fields, as made by {@link Fetchers}, at all
 * levels. It is compiled once per object, or once for all objects of a list, and completed in a
 * loop. graphql-java allocates some twenty objects, a path and one or two futures for each value; a
 * page of incidents has 165 values.
 *
 * <p>Covers only the regular case: a null in a non-null position, a value that its type rejects and
 * an asynchronous value throw, and then graphql-java completes the object again, with its own
 * errors. Plain fields may be read twice.
 */
public final class CompiledSelection {

  private final List<Part> parts;

  private CompiledSelection(List<Part> parts) {
    this.parts = parts;
  }

  /** A field of the result. */
  private sealed interface Part {

    String key();

    record TypeName(String key, String name) implements Part {}

    record Value(
        String key, GraphQLFieldDefinition definition, LightDataFetcher<?> fetcher, Shape shape)
        implements Part {}
  }

  /** How to complete a value. */
  private sealed interface Shape {

    record Scalar(GraphQLScalarType type) implements Shape {}

    record Choice(GraphQLEnumType type) implements Shape {}

    record Items(Shape of) implements Shape {}

    record Inner(CompiledSelection of) implements Shape {}

    record Required(Shape of) implements Shape {}
  }

  /** Null if some field is not plain. */
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
   * Completes an object.
   *
   * @throws Exception to fall back to graphql-java
   */
  Map<String, @Nullable Object> complete(ExecutionContext context, Object source) throws Exception {
    Map<String, @Nullable Object> result = LinkedHashMap.newLinkedHashMap(parts.size());
    for (Part part : parts) {
      result.put(
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
    return result;
  }

  private static @Nullable Object complete(
      ExecutionContext context, Shape shape, @Nullable Object fetched) throws Exception {
    @Nullable Object value = context.getValueUnboxer().unbox(fetched);
    if (shape instanceof Shape.Required(Shape of)) {
      return requireValue(complete(context, of, requireValue(value)));
    }
    if (value == null) {
      return null;
    }
    if (value instanceof CompletionStage<?>
        || value instanceof Publisher<?>
        || value instanceof Flow.Publisher<?>
        || value instanceof DataFetcherResult<?>) {
      throw new IllegalStateException("asynchronous value or DataFetcherResult");
    }
    return switch (shape) {
      case Shape.Scalar(GraphQLScalarType type) ->
          type.getCoercing().serialize(value, context.getGraphQLContext(), context.getLocale());
      case Shape.Choice(GraphQLEnumType type) ->
          type.serialize(value, context.getGraphQLContext(), context.getLocale());
      case Shape.Items(Shape of) -> {
        List<?> items = (List<?>) value;
        List<@Nullable Object> results = new ArrayList<>(items.size());
        for (Object item : items) {
          results.add(complete(context, of, item));
        }
        yield results;
      }
      case Shape.Inner(CompiledSelection of) -> of.complete(context, value);
      case Shape.Required _ -> throw new IllegalStateException("nested non-null type");
    };
  }

  private static Object requireValue(@Nullable Object value) {
    if (value == null) {
      throw new IllegalStateException("null in a non-null position");
    }
    return value;
  }

  private static DataFetchingEnvironment noEnvironment() {
    throw new IllegalStateException("needs the environment");
  }
}
