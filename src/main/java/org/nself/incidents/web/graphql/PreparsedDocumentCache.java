package org.nself.incidents.web.graphql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import graphql.ExecutionInput;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.execution.preparsed.PreparsedDocumentProvider;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.GraphQlApiError;
import org.nself.incidents.web.input.StrictJson;

/**
 * Reads and checks each document once: clients send the same few again and again, with other
 * variables. What depends on variables or on the caller is judged at every execution as before;
 * what is kept holds for the schema and the limits alone, which are the same for everybody.
 *
 * <p>Kept by how often and how lately they were asked for, within a bound, so that documents with
 * values written into them drive out nothing that is used. Only valid ones are kept.
 */
public final class PreparsedDocumentCache implements PreparsedDocumentProvider {

  /**
   * Maximum characters of one cached document, and of all. The parsed form takes some twenty times
   * as much memory.
   */
  private static final int MAX_DOCUMENT_LENGTH = 16 * 1024;

  private static final int MAX_TOTAL_LENGTH = 512 * 1024;

  /** Documents that are longer take milliseconds, up to tenths of a second. */
  private static final int LONG_DOCUMENT = 8 * 1024;

  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  /** Leaves carriers of virtual threads to other requests: parsing does not pause. */
  private final Semaphore longDocuments =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

  private final Cache<String, PreparsedDocumentEntry> known =
      Caffeine.newBuilder()
          .maximumWeight(MAX_TOTAL_LENGTH)
          .<String, PreparsedDocumentEntry>weigher((text, _) -> text.length())
          .executor(Runnable::run)
          .build();

  @Override
  public CompletableFuture<PreparsedDocumentEntry> getDocumentAsync(
      ExecutionInput input, Function<ExecutionInput, PreparsedDocumentEntry> parse) {
    String text = input.getQuery();
    @Nullable PreparsedDocumentEntry entry = known.getIfPresent(text);
    if (entry == null) {
      entry = read(text, input, parse);
      if (!entry.hasErrors() && text.length() <= MAX_DOCUMENT_LENGTH) {
        known.put(text, entry);
      }
    }
    return CompletableFuture.completedFuture(entry);
  }

  private PreparsedDocumentEntry read(
      String text, ExecutionInput input, Function<ExecutionInput, PreparsedDocumentEntry> parse) {
    if (text.length() <= LONG_DOCUMENT) {
      return readNow(text, input, parse);
    }
    if (!acquire()) {
      return new PreparsedDocumentEntry(
          GraphQlApiError.of(
              ApiException.unavailable(
                  "Too many long documents are being parsed; try again, or send shorter ones"),
              List.of()));
    }
    try {
      return readNow(text, input, parse);
    } finally {
      longDocuments.release();
    }
  }

  private boolean acquire() {
    try {
      return longDocuments.tryAcquire(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static PreparsedDocumentEntry readNow(
      String text, ExecutionInput input, Function<ExecutionInput, PreparsedDocumentEntry> parse) {
    if (NumberLengthGuard.hasOverlongNumber(text)) {
      return new PreparsedDocumentEntry(
          GraphQlApiError.of(
              ApiException.malformed(
                  "A number has more than %d digits".formatted(StrictJson.MAX_DIGITS)),
              List.of()));
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
