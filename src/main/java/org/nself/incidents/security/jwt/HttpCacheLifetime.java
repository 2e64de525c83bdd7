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
 * How long the keys of a {@code jwk_url} may be used before they are fetched anew: what {@code
 * Cache-Control} says, else {@code Expires}, else {@value #DEFAULT_MINUTES} minutes. Never so short
 * that the service would do little else, never so long that a key withdrawn would live on for days.
 */
final class HttpCacheLifetime {

  private static final int DEFAULT_MINUTES = 10;
  private static final Duration SHORTEST = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofDays(1);

  private static final Pattern MAX_AGE =
      Pattern.compile("(?:^|,)\\s*max-age\\s*=\\s*\"?(\\d+)", Pattern.CASE_INSENSITIVE);
  private static final Pattern SHARED_MAX_AGE =
      Pattern.compile("(?:^|,)\\s*s-maxage\\s*=\\s*\"?(\\d+)", Pattern.CASE_INSENSITIVE);

  private HttpCacheLifetime() {}

  /**
   * @param now stands for the time of the response where that names none
   */
  static Duration of(HttpHeaders response, Instant now) {
    Duration lifetime = said(response, now);
    if (lifetime.compareTo(SHORTEST) < 0) {
      return SHORTEST;
    }
    return lifetime.compareTo(LONGEST) > 0 ? LONGEST : lifetime;
  }

  private static Duration said(HttpHeaders response, Instant now) {
    String control = String.join(",", response.allValues("Cache-Control")).toLowerCase(Locale.ROOT);
    List<String> directives = List.of(control.split("\\s*,\\s*"));
    if (directives.contains("no-store") || directives.contains("no-cache")) {
      return Duration.ZERO;
    }
    @Nullable Duration maxAge = seconds(MAX_AGE, control);
    if (maxAge == null) {
      // Meant for caches between; Hasura takes it too.
      maxAge = seconds(SHARED_MAX_AGE, control);
    }
    if (maxAge != null) {
      // A cache between may have held the response for a while already (RFC 9111 section 4.2.3).
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

  /** A count of seconds; one beyond nine digits is as good as forever, other text is none. */
  private static long number(String digits) {
    String stripped = digits.strip();
    if (!stripped.chars().allMatch(c -> c >= '0' && c <= '9') || stripped.isEmpty()) {
      return 0;
    }
    return stripped.length() > 9 ? 999_999_999 : Long.parseLong(stripped);
  }

  /** A malformed {@code Expires} means that it has expired (RFC 9111 section 5.3). */
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
