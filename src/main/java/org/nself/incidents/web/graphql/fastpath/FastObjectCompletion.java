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

/** Completes objects of which only plain fields are asked, without graphql-java's way to each. */
final class FastObjectCompletion {

  private static final Logger log = LoggerFactory.getLogger(FastObjectCompletion.class);

  private FastObjectCompletion() {}

  /** The answer for an object; null where graphql-java is to make it. */
  static @Nullable Map<String, @Nullable Object> complete(
      ExecutionContext context,
      FieldCollector collector,
      ExecutionStrategyParameters parameters,
      GraphQLObjectType type,
      Object source) {
    // What is deferred is not there when the object is.
    if (context.hasIncrementalSupport()) {
      return null;
    }
    try {
      @Nullable CompiledSelection selection =
          selection(context, collector, type, Objects.requireNonNull(parameters.getField()));
      return selection == null ? null : selection.complete(context, source);
    } catch (Exception e) {
      log.debug("{} is not as plain as it looks", parameters.getPath(), e);
      return null;
    }
  }

  /** What was found out about a field of this execution; the selection is null if not plain. */
  private record Known(GraphQLObjectType type, @Nullable CompiledSelection selection) {}

  /** Found out once for all objects of a list, for which graphql-java has the same field. */
  private static @Nullable CompiledSelection selection(
      ExecutionContext context,
      FieldCollector collector,
      GraphQLObjectType type,
      MergedField field) {
    if (context.isSubscriptionOperation()) {
      // It has one context for all of its events, and new fields for each.
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
