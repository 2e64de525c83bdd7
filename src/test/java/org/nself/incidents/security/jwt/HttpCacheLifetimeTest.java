package org.nself.incidents.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpCacheLifetimeTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "max-age=600                              | -                             | 600",
        "public, MAX-AGE=600                      | -                             | 600",
        "max-age=\"600\"                          | -                             | 600",
        "max-age=600, must-revalidate             | -                             | 600",
        "max-age=600, s-maxage=900                | -                             | 600",
        "s-maxage=900                             | -                             | 900",
        "max-age=600                              | Sun, 01 Mar 2026 12:05:00 GMT | 600",
        "max-age=0                                | -                             | 10",
        "max-age=99999999999999999999             | -                             | 86400",
        "x-max-age=600                            | -                             | 600",
        "no-store                                 | -                             | 10",
        "No-Cache, max-age=600                    | -                             | 10",
        "-                                        | Sun, 01 Mar 2026 12:05:00 GMT | 300",
        "public                                   | Sun, 01 Mar 2026 12:05:00 GMT | 300",
        "-                                        | Sun, 01 Mar 2026 11:00:00 GMT | 10",
        "-                                        | 0                             | 10",
        "-                                        | -                             | 600",
        "max-age=soon                             | -                             | 600"
      })
  void headersDetermineTheLifetime(String control, String expires, long seconds) {
    assertThat(lifetime(headers("Cache-Control", control, "Expires", expires))).hasSeconds(seconds);
  }

  @ParameterizedTest
  @CsvSource({"100, 500", "700, 10", "soon, 600", "-5, 600"})
  void theAgeIsSubtracted(String age, long seconds) {
    assertThat(lifetime(headers("Cache-Control", "max-age=600", "Age", age))).hasSeconds(seconds);
  }

  /** So that a difference between the clocks does not matter. */
  @ParameterizedTest
  @CsvSource({"'Sun, 01 Mar 2026 10:00:00 GMT', 3600", "yesterday, 10"})
  void expiresIsRelativeToTheDateOfTheResponse(String date, long seconds) {
    assertThat(lifetime(headers("Expires", "Sun, 01 Mar 2026 11:00:00 GMT", "Date", date)))
        .hasSeconds(seconds);
  }

  private static Duration lifetime(HttpHeaders headers) {
    return HttpCacheLifetime.of(headers, NOW);
  }

  private static HttpHeaders headers(String... namesAndValues) {
    Map<String, List<String>> headers = new TreeMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      if (namesAndValues[i + 1] != null) {
        headers.put(namesAndValues[i], List.of(namesAndValues[i + 1]));
      }
    }
    return HttpHeaders.of(headers, (name, value) -> true);
  }
}
