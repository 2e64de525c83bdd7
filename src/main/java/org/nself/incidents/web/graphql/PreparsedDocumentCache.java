package org.nself.incidents.web.graphql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import graphql.ExecutionInput;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.execution.preparsed.PreparsedDocumentProvider;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.GraphQlApiError;
import org.nself.incidents.web.input.ProcessorPool;

/**
 * Reads and checks each document once: clients send the same few again and again, with other
 * variables. What depends on variables or on the caller is checked at each execution; a cached
 * result depends on the schema and the limits alone, which are the same for everybody.
 *
 * <p>The cache is bounded and evicts by frequency and recency of use, so that documents with values
 * written into them evict nothing that is used. Only valid documents are cached.
 */
public final class PreparsedDocumentCache implements PreparsedDocumentProvider {

  /**
   * Maximum characters of one cached document, and of all. The parsed form takes some twenty times
   * as much memory.
   */
  private static final int MAX_DOCUMENT_LENGTH = 16 * 1024;

  private static final int MAX_TOTAL_LENGTH = 512 * 1024;

  /** Longer documents take more than a few milliseconds to parse and to validate. */
  private static final int MAX_INLINE_LENGTH = 4 * 1024;

  private final ProcessorPool pool;

  private final Cache<String, PreparsedDocumentEntry> known =
      Caffeine.newBuilder()
          .maximumWeight(MAX_TOTAL_LENGTH)
          .<String, PreparsedDocumentEntry>weigher((text, _) -> text.length())
          .executor(Runnable::run)
          .build();

  /**
   * @param pool parses long documents
   */
  public PreparsedDocumentCache(ProcessorPool pool) {
    this.pool = pool;
  }

  /** Runs what takes longer for longer documents, in the pool if this one is long. */
  static <T extends @Nullable Object> T run(
      ProcessorPool pool, ExecutionInput input, Supplier<T> task) {
    return input.getQuery().length() <= MAX_INLINE_LENGTH
        ? task.get()
        : pool.run(GraphQlRequestInterceptor.account(input), task);
  }

  @Override
  public CompletableFuture<PreparsedDocumentEntry> getDocumentAsync(
      ExecutionInput input, Function<ExecutionInput, PreparsedDocumentEntry> parse) {
    String text = input.getQuery();
    @Nullable PreparsedDocumentEntry entry = known.getIfPresent(text);
    if (entry == null) {
      try {
        entry = run(pool, input, () -> read(text, input, parse));
      } catch (ApiException e) {
        // Too many long documents wait to be parsed.
        entry = new PreparsedDocumentEntry(GraphQlApiError.of(e, List.of()));
      }
      if (!entry.hasErrors() && text.length() <= MAX_DOCUMENT_LENGTH) {
        known.put(text, entry);
      }
    }
    return CompletableFuture.completedFuture(entry);
  }

  private static PreparsedDocumentEntry read(
      String text, ExecutionInput input, Function<ExecutionInput, PreparsedDocumentEntry> parse) {
    @Nullable String error = NumberLengthGuard.findError(text);
    if (error != null) {
      return new PreparsedDocumentEntry(
          GraphQlApiError.of(ApiException.malformed(error), List.of()));
    }
    if (SubscriptionRules.hasConditionalRoot(text)) {
      return new PreparsedDocumentEntry(
          GraphQlApiError.of(
              ApiException.malformed(
                  "The root field of a subscription cannot have @skip or @include; leave the"
                      + " subscription out instead"),
              List.of()));
    }
    return parse.apply(input);
  }
}
