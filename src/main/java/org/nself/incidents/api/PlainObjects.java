package org.nself.incidents.api;

import graphql.execution.ExecutionContext;
import graphql.execution.ExecutionStrategyParameters;
import graphql.execution.FieldCollector;
import graphql.schema.GraphQLObjectType;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes objects of which only plain fields are asked, without graphql-java's way to each. */
final class PlainObjects {

  private static final Logger log = LoggerFactory.getLogger(PlainObjects.class);

  private PlainObjects() {}

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
    @Nullable PlainSelection selection =
        PlainSelection.of(context, collector, type, Objects.requireNonNull(parameters.getField()));
    if (selection == null) {
      return null;
    }
    try {
      return selection.complete(context, source);
    } catch (Exception e) {
      log.debug("{} is not as plain as it looks", parameters.getPath(), e);
      return null;
    }
  }
}
