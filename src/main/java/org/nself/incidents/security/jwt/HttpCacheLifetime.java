package org.nself.incidents.security.jwt;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How long the keys of a {@code jwk_url} stay fresh: {@code Cache-Control}, else {@code Expires},
 * else {@value #DEFAULT_MINUTES} minutes. At least ten seconds, to bound the rate of fetches; at
 * most a day, to bound the life of a withdrawn key. Nimbus's caches have one fixed lifetime.
 */
final class HttpCacheLifetime {

  private static final int DEFAULT_MINUTES = 10;
  private static final Duration MIN = Duration.ofSeconds(10);
  private static final Duration MAX = Duration.ofDays(1);

  private static final Pattern MAX_AGE =
      Pattern.compile("(?:^|,)\\s*max-age\\s*=\\s*\"?(\\d+)", Pattern.CASE_INSENSITIVE);
  private static final Pattern SHARED_MAX_AGE =
      Pattern.compile("(?:^|,)\\s*s-maxage\\s*=\\s*\"?(\\d+)", Pattern.CASE_INSENSITIVE);

  private HttpCacheLifetime() {}

  /**
   * @param now used if the response has no {@code Date}
   */
  static Duration of(HttpHeaders response, Instant now) {
    Duration lifetime = unbounded(response, now);
    if (lifetime.compareTo(MIN) < 0) {
      return MIN;
    }
    return lifetime.compareTo(MAX) > 0 ? MAX : lifetime;
  }

  private static Duration unbounded(HttpHeaders response, Instant now) {
    String control = String.join(",", response.allValues("Cache-Control")).toLowerCase(Locale.ROOT);
    List<String> directives = List.of(control.split("\\s*,\\s*"));
    if (directives.contains("no-store") || directives.contains("no-cache")) {
      return Duration.ZERO;
    }
    @Nullable Duration maxAge = seconds(MAX_AGE, control);
    if (maxAge == null) {
      // Meant for shared caches; Hasura uses it too.
      maxAge = seconds(SHARED_MAX_AGE, control);
    }
    if (maxAge != null) {
      // The time that the response spent in a shared cache (RFC 9111 section 4.2.3).
      return maxAge.minusSeconds(
          response.firstValue("Age").map(HttpCacheLifetime::number).orElse(0L));
    }
    return response
        .firstValue("Expires")
        .map(expires -> until(expires, response, now))
        .orElse(Duration.ofMinutes(DEFAULT_MINUTES));
  }

  private static @Nullable Duration seconds(Pattern directive, String control) {
    Matcher matcher = directive.matcher(control);
    return matcher.find() ? Duration.ofSeconds(number(matcher.group(1))) : null;
  }

  /** A number of seconds, at most nine digits; 0 if the text is not one. */
  private static long number(String digits) {
    String stripped = digits.strip();
    if (!stripped.chars().allMatch(c -> c >= '0' && c <= '9') || stripped.isEmpty()) {
      return 0;
    }
    return stripped.length() > 9 ? 999_999_999 : Long.parseLong(stripped);
  }

  /** A malformed {@code Expires} means expired (RFC 9111 section 5.3). */
  private static Duration until(String expires, HttpHeaders response, Instant now) {
    @Nullable Instant end = date(expires);
    @Nullable Instant sent = response.firstValue("Date").map(HttpCacheLifetime::date).orElse(null);
    return end == null ? Duration.ZERO : Duration.between(sent == null ? now : sent, end);
  }

  private static @Nullable Instant date(String text) {
    try {
      return DateTimeFormatter.RFC_1123_DATE_TIME.parse(text.strip(), Instant::from);
    } catch (DateTimeException e) {
      return null;
    }
  }
}
