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

/**
 * Reads what a field needs for all of its parents in one go, so that a list costs one statement a
 * field.
 */
public final class BatchLoaders {

  private BatchLoaders() {}

  /**
   * The value for a key, read together with those of the other parents.
   *
   * @param name of the loader, one a field and request
   * @param load reads the values of several keys; a key that it leaves out has none
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
   * A subscription keeps its loaders for as long as it lasts: with a cache, each item would show
   * what was read for the first one.
   */
  private static DataLoaderOptions options(DataFetchingEnvironment environment) {
    boolean once =
        environment.getOperationDefinition().getOperation()
            != OperationDefinition.Operation.SUBSCRIPTION;
    return DataLoaderOptions.newOptions().setCachingEnabled(once).build();
  }
}
