package org.nself.incidents.web.graphql.fastpath;

import graphql.execution.ExecutionContext;
import graphql.execution.ExecutionStrategyParameters;
import graphql.execution.FieldCollector;
import graphql.execution.MergedField;
import graphql.schema.GraphQLObjectType;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes objects in one loop if only plain fields are selected. */
final class FastObjectCompletion {

  private static final Logger log = LoggerFactory.getLogger(FastObjectCompletion.class);

  private FastObjectCompletion() {}

  /** The result of an object; null to fall back to graphql-java. */
  static @Nullable Map<String, @Nullable Object> complete(
      ExecutionContext context,
      FieldCollector collector,
      ExecutionStrategyParameters parameters,
      GraphQLObjectType type,
      Object source) {
    // Deferred fields complete after their object.
    if (context.hasIncrementalSupport()) {
      return null;
    }
    try {
      @Nullable CompiledSelection selection =
          selection(context, collector, type, Objects.requireNonNull(parameters.getField()));
      return selection == null ? null : selection.complete(context, source);
    } catch (Exception e) {
      log.debug("Falling back to graphql-java for {}", parameters.getPath(), e);
      return null;
    }
  }

  /** The selection of a field in this execution; null if not all fields are plain. */
  private record Known(GraphQLObjectType type, @Nullable CompiledSelection selection) {}

  /** Compiled once for all objects of a list, which share the field object. */
  private static @Nullable CompiledSelection selection(
      ExecutionContext context,
      FieldCollector collector,
      GraphQLObjectType type,
      MergedField field) {
    if (context.isSubscriptionOperation()) {
      // A subscription has one context for all events, and new field objects for each.
      return CompiledSelection.of(context, collector, type, field);
    }
    Map<MergedField, Known> found =
        Objects.requireNonNull(
            context
                .getGraphQLContext()
                .computeIfAbsent(
                    FastObjectCompletion.class,
                    _ -> Collections.synchronizedMap(new IdentityHashMap<>())));
    @Nullable Known known = found.get(field);
    if (known == null || !known.type().equals(type)) {
      known = new Known(type, CompiledSelection.of(context, collector, type, field));
      found.put(field, known);
    }
    return known.selection();
  }
}
