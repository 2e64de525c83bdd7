package org.nself.incidents.web.graphql;

import graphql.language.OperationDefinition;
import graphql.schema.DataFetchingEnvironment;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.dataloader.DataLoader;
import org.dataloader.DataLoaderFactory;
import org.dataloader.DataLoaderOptions;

/** Batches the reads of a field over all parents, so that a list takes one statement per field. */
public final class BatchLoaders {

  private BatchLoaders() {}

  /**
   * Loads the value of a key in one batch with those of the other parents.
   *
   * @param name the name of the loader, one per field and request
   * @param load reads the values of several keys; a missing key has no value
   */
  public static <K, V> CompletableFuture<V> load(
      DataFetchingEnvironment environment, String name, K key, Function<Set<K>, Map<K, V>> load) {
    DataLoader<K, V> loader =
        environment
            .getDataLoaderRegistry()
            .computeIfAbsent(
                name,
                _ ->
                    DataLoaderFactory.newMappedDataLoader(
                        (Set<K> keys) -> CompletableFuture.completedFuture(load.apply(keys)),
                        options(environment)));
    return loader.load(key);
  }

  /**
   * A subscription uses the same loaders for all of its events: with a cache, each event would show
   * the values of the first one.
   */
  private static DataLoaderOptions options(DataFetchingEnvironment environment) {
    boolean once =
        environment.getOperationDefinition().getOperation()
            != OperationDefinition.Operation.SUBSCRIPTION;
    return DataLoaderOptions.newOptions().setCachingEnabled(once).build();
  }
}
