package org.nself.incidents.web.graphql.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/**
 * Automatic persisted queries (<a
 * href="https://www.apollographql.com/docs/apollo-server/performance/apq">Apollo's protocol</a>): a
 * client sends the SHA-256 of a document, and its text only if this process does not have it.
 *
 * <p>An account has its own, so that no other account can replace them or find out which there are.
 * This process keeps those of 256 accounts for an hour after they were used, 64 KiB for each; the
 * client sends a text again that is not kept.
 */
public final class PersistedQueries {

  private static final int MAX_ACCOUNTS = 256;

  /** Characters of one account; longer documents run and are not kept. */
  private static final int MAX_LENGTH = 64 * 1024;

  private static final Duration KEPT = Duration.ofHours(1);

  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  private final Cache<String, Cache<String, String>> byAccount =
      Caffeine.newBuilder()
          .maximumSize(MAX_ACCOUNTS)
          .expireAfterAccess(KEPT)
          .executor(Runnable::run)
          .build();

  /**
   * Returns the document of a request, and keeps it where the client asks for that.
   *
   * @param query the text of the document; null where only its hash is sent
   * @param extensions those of the request; only {@code persistedQuery} is known
   * @throws PersistedQueryNotFoundException if only a hash is sent and its text is not kept
   * @throws ApiException {@code invalid} if the hash is not that of the text, or there is neither
   */
  String resolve(String account, @Nullable String query, Map<String, @Nullable Object> extensions) {
    @Nullable String hash = hash(extensions);
    if (hash == null) {
      return required(query);
    }
    if (query == null) {
      @Nullable Cache<String, String> own = byAccount.getIfPresent(account);
      @Nullable String known = own == null ? null : own.getIfPresent(hash);
      if (known == null) {
        throw new PersistedQueryNotFoundException();
      }
      return known;
    }
    if (!sha256(query).equals(hash)) {
      throw ApiException.malformed(
          "extensions.persistedQuery.sha256Hash", "is not the SHA-256 of the query");
    }
    byAccount.get(account, _ -> ofAccount()).put(hash, query);
    return query;
  }

  private static Cache<String, String> ofAccount() {
    return Caffeine.newBuilder()
        .maximumWeight(MAX_LENGTH)
        .<String, String>weigher((hash, text) -> hash.length() + text.length())
        .executor(Runnable::run)
        .build();
  }

  private static String required(@Nullable String query) {
    if (query == null || query.isBlank()) {
      throw ApiException.malformed("query", "is required");
    }
    return query;
  }

  private static @Nullable String hash(Map<String, @Nullable Object> extensions) {
    @Nullable Object persisted = extensions.get("persistedQuery");
    if (persisted == null) {
      return null;
    }
    if (!(persisted instanceof Map<?, ?> members)) {
      throw ApiException.malformed("extensions.persistedQuery", "must be an object");
    }
    if (!(members.get("version") instanceof Number version) || version.doubleValue() != 1) {
      throw ApiException.malformed("extensions.persistedQuery.version", "must be 1");
    }
    if (!(members.get("sha256Hash") instanceof String hash) || !SHA_256.matcher(hash).matches()) {
      throw ApiException.malformed(
          "extensions.persistedQuery.sha256Hash", "must be a SHA-256 in lower-case hexadecimal");
    }
    return hash;
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
