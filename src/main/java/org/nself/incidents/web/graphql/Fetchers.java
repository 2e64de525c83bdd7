package org.nself.incidents.web.graphql;

import graphql.schema.DataFetcher;
import graphql.schema.PropertyDataFetcher;
import graphql.schema.idl.TypeRuntimeWiring;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes data fetchers for plain fields, which call a method of the parent object without looking it
 * up.
 *
 * <p>Such a method must return a value synchronously, without a statement, and the same value when
 * it is called again: the fast path relies on that.
 *
 * <p>The fetchers are of graphql-java's class, because Spring wraps every fetcher of another
 * package to propagate thread-locals, for each field of each row; these need none.
 */
public final class Fetchers {

  private Fetchers() {}

  @SuppressWarnings("NullAway") // Its annotations do not say that a field may be null.
  public static <T> DataFetcher<?> of(Class<T> parent, Function<T, @Nullable Object> value) {
    return PropertyDataFetcher.fetching((Object source) -> value.apply(parent.cast(source)));
  }

  /** Adds a fetcher for each component of a record, to the field of the same name. */
  @SuppressWarnings("NullAway") // As above.
  public static TypeRuntimeWiring.Builder addComponents(
      TypeRuntimeWiring.Builder type, Class<? extends Record> parent) {
    for (RecordComponent component : parent.getRecordComponents()) {
      Method accessor = component.getAccessor();
      // The record may be package-private.
      accessor.setAccessible(true);
      type.dataFetcher(
          component.getName(),
          PropertyDataFetcher.fetching((Object source) -> get(accessor, source)));
    }
    return type;
  }

  private static @Nullable Object get(Method accessor, Object source) {
    try {
      return accessor.invoke(source);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("The accessor " + accessor + " failed", e);
    }
  }
}
