package org.nself.incidents.incident;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Problem;
import org.nself.incidents.api.ProblemCode;
import org.nself.incidents.timeline.TimelineEvent;

/**
 * The entity tags (RFC 9110, 8.8.3) of an incident: {@code "version"} of what a change answers,
 * {@code "version.occurrences.seq"} of the detail with its newest events. For {@code If-Match} only
 * the version counts, because a note or a repeated alert is no reason to refuse an edit. A weak tag
 * counts as its strong one, because a proxy that compresses makes tags weak.
 */
final class IncidentTag {

  private static final Pattern TAG =
      Pattern.compile("(?:W/)?\"(?<version>[1-9][0-9]{0,8})(?:\\.[0-9.]+)?\"");

  private IncidentTag() {}

  static String of(Incident incident) {
    return "\"" + incident.version() + "\"";
  }

  static String of(Incident incident, List<TimelineEvent> newest) {
    return "\"%d.%d.%d\""
        .formatted(
            incident.version(),
            incident.occurrences(),
            newest.isEmpty() ? 0 : newest.getLast().seq());
  }

  /** Whether an {@code If-None-Match} header names this tag. */
  static boolean matches(@Nullable String ifNoneMatch, String tag) {
    return ifNoneMatch != null
        && (ifNoneMatch.strip().equals("*")
            || tags(ifNoneMatch).anyMatch(given -> strong(given).equals(tag)));
  }

  /**
   * The version that an {@code If-Match} header asks for; null where any will do.
   *
   * @param current reads the incident, where several are named
   * @throws Problem {@code precondition_failed}, where no tag of the header is one of ours
   */
  static @Nullable Integer expectedVersion(HttpServletRequest request, Supplier<Incident> current) {
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
      throw Problem.of(
          ProblemCode.PRECONDITION_FAILED,
          "If-Match names no version of this incident; send the ETag that it was read with");
    }
    if (versions.size() == 1) {
      return versions.getFirst();
    }
    int version = current.get().version();
    return versions.contains(version) ? version : versions.getFirst();
  }

  private static java.util.stream.Stream<String> tags(String header) {
    return Arrays.stream(header.split(",")).map(String::strip);
  }

  private static String strong(String tag) {
    return tag.startsWith("W/") ? tag.substring(2) : tag;
  }
}
