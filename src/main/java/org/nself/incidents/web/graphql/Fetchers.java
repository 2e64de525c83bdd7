package org.nself.incidents.web.graphql;

import graphql.schema.DataFetcher;
import graphql.schema.PropertyDataFetcher;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.graphql.fastpath.CompiledSelection;

/**
 * Makes the fetchers of plain fields: a method of the parent object, called without reflection.
 *
 * <p>What they give is at hand: no statement, nothing that comes later, the same when it is asked
 * again. {@link CompiledSelection} relies on that.
 *
 * <p>They are graphql-java's own, because Spring wraps every fetcher of another package to carry
 * thread-locals into it, for each field of each row, and these read none.
 */
public final class Fetchers {

  private Fetchers() {}

  @SuppressWarnings("NullAway") // Its marks do not say that a field may be null.
  public static <T> DataFetcher<?> of(Class<T> parent, Function<T, @Nullable Object> value) {
    return PropertyDataFetcher.fetching((Object source) -> value.apply(parent.cast(source)));
  }
}
