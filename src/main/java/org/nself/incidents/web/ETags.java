package org.nself.incidents.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/**
 * ETags (RFC 9110, 8.8.3): {@code "version"}, or {@code "version.suffix"} if the response also
 * contains related resources. {@code If-Match} compares only the version, because a change of a
 * related resource must not reject an edit. A weak tag equals its strong one, because compressing
 * proxies make tags weak.
 */
public final class ETags {

  private static final Pattern TAG =
      Pattern.compile("(?:W/)?\"(?<version>[1-9][0-9]{0,8})(?:\\.[0-9a-z.]+)?\"");

  private ETags() {}

  /** The ETag of a version. */
  public static String of(int version) {
    return "\"" + version + "\"";
  }

  /** Whether the {@code If-None-Match} header has this ETag. */
  public static boolean matchesIfNoneMatch(HttpServletRequest request, String tag) {
    @Nullable String header = request.getHeader("If-None-Match");
    return header != null
        && (header.strip().equals("*")
            || tags(header).anyMatch(given -> strong(given).equals(tag)));
  }

  /**
   * The version that the {@code If-Match} header requires; null for any.
   *
   * @param current reads the current version; called if the header has several
   * @throws ApiException {@code precondition_failed}, if the header has no valid ETag
   */
  public static @Nullable Integer expectedVersion(HttpServletRequest request, IntSupplier current) {
    @Nullable String ifMatch = request.getHeader("If-Match");
    if (ifMatch == null || ifMatch.strip().equals("*")) {
      return null;
    }
    List<Integer> versions =
        tags(ifMatch)
            .map(TAG::matcher)
            .filter(Matcher::matches)
            .map(matcher -> Integer.valueOf(matcher.group("version")))
            .toList();
    if (versions.isEmpty()) {
      throw ApiException.of(
          ErrorCode.PRECONDITION_FAILED,
          "If-Match has no ETag of this resource; send the ETag of the last response");
    }
    if (versions.size() == 1) {
      return versions.getFirst();
    }
    int version = current.getAsInt();
    return versions.contains(version) ? (Integer) version : versions.getFirst();
  }

  private static Stream<String> tags(String header) {
    return Arrays.stream(header.split(",")).map(String::strip);
  }

  private static String strong(String tag) {
    return tag.startsWith("W/") ? tag.substring(2) : tag;
  }
}
