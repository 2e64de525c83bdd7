package org.nself.incidents.timeline;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.Strings;

/** Refers to an incident by its id, its number or its dedup key. */
public sealed interface IncidentRef {

  record ById(UUID id) implements IncidentRef {}

  /** Its number in the account. */
  record ByNumber(int number) implements IncidentRef {}

  /** The incident that the dedup key identifies now: see np_incident_by_dedup_key. */
  record ByDedupKey(String key) implements IncidentRef {}

  /** Before a dedup key in a path. */
  String DEDUP_PREFIX = "dedup:";

  int MAX_DEDUP_KEY = 255;

  /**
   * As {@link #parse}.
   *
   * @throws ApiException {@code not_found}, if the text is none of them, so that no incident has it
   */
  static IncidentRef require(String text) {
    @Nullable IncidentRef ref = parse(text);
    if (ref == null) {
      throw ApiException.notFound("Incident");
    }
    return ref;
  }

  /** Parses a UUID, a number from 1 or {@code dedup:KEY}; null if the text is none of them. */
  static @Nullable IncidentRef parse(String text) {
    if (text.startsWith(DEDUP_PREFIX)) {
      String key = Strings.normalize(text.substring(DEDUP_PREFIX.length()));
      return key.isBlank() || key.length() > MAX_DEDUP_KEY || key.indexOf(0) >= 0
          ? null
          : new ByDedupKey(key);
    }
    if (isNumber(text) && Long.parseLong(text) <= Integer.MAX_VALUE) {
      return new ByNumber(Integer.parseInt(text));
    }
    @Nullable UUID id = UuidGenerator.parse(text);
    return id == null ? null : new ById(id);
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty()
        && text.length() <= 10
        && text.charAt(0) != '0'
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
