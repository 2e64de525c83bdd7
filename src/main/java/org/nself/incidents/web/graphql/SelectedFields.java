package org.nself.incidents.web.graphql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import graphql.language.Document;
import graphql.language.Field;
import graphql.language.Node;
import graphql.schema.DataFetchingEnvironment;
import java.util.HashSet;
import java.util.Set;

/**
 * The names of all fields of a document, including those in fragments and under directives. A field
 * that is not among them is certainly not selected. Computed once per document, whereas
 * graphql-java creates its selection set for each execution.
 */
public final class SelectedFields {

  /** By identity, because the document cache returns the same object for a repeated query. */
  private final Cache<Document, Set<String>> known = Caffeine.newBuilder().weakKeys().build();

  public Set<String> of(DataFetchingEnvironment environment) {
    return known.get(environment.getDocument(), SelectedFields::names);
  }

  private static Set<String> names(Document document) {
    Set<String> names = new HashSet<>();
    collect(document, names);
    return Set.copyOf(names);
  }

  private static void collect(Node<?> node, Set<String> names) {
    if (node instanceof Field field) {
      names.add(field.getName());
    }
    for (Node<?> child : node.getChildren()) {
      collect(child, names);
    }
  }
}
