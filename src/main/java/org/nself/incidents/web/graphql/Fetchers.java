package org.nself.incidents.web.graphql;

import graphql.schema.DataFetcher;
import graphql.schema.PropertyDataFetcher;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes data fetchers for plain fields, which call a method of the parent object without
 * reflection.
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
}
