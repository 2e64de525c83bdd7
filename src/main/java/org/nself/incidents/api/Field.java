package org.nself.incidents.api;

import graphql.schema.DataFetcher;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.LightDataFetcher;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes the fetchers of plain fields: a method of the parent object, called without reflection. */
public final class Field {

  private Field() {}

  public static <T> DataFetcher<?> of(Class<T> parent, Function<T, @Nullable Object> value) {
    return new LightDataFetcher<@Nullable Object>() {
      @Override
      public @Nullable Object get(
          GraphQLFieldDefinition field,
          Object source,
          Supplier<DataFetchingEnvironment> environment) {
        return value.apply(parent.cast(source));
      }

      @Override
      public @Nullable Object get(DataFetchingEnvironment environment) {
        return value.apply(parent.cast(Objects.requireNonNull(environment.<T>getSource())));
      }
    };
  }
}
