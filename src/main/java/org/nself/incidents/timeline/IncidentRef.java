package org.nself.incidents.timeline;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.web.error.ApiException;

/** Refers to an incident by its id or its number. */
public sealed interface IncidentRef {

  record ById(UUID id) implements IncidentRef {}

  /** Its number in the account. */
  record ByNumber(int number) implements IncidentRef {}

  /**
   * As {@link #parse}.
   *
   * @throws ApiException {@code not_found}, if the text is neither, so that no incident has it
   */
  static IncidentRef require(String text) {
    @Nullable IncidentRef ref = parse(text);
    if (ref == null) {
      throw ApiException.notFound("Incident");
    }
    return ref;
  }

  /** Parses a UUID or a number from 1; null if the text is neither. */
  static @Nullable IncidentRef parse(String text) {
    if (text.matches("[1-9][0-9]{0,9}") && Long.parseLong(text) <= Integer.MAX_VALUE) {
      return new ByNumber(Integer.parseInt(text));
    }
    @Nullable UUID id = UuidGenerator.parse(text);
    return id == null ? null : new ById(id);
  }
}
