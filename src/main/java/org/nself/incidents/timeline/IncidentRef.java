package org.nself.incidents.timeline;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.web.error.ApiException;

/** What an incident is called by. */
public sealed interface IncidentRef {

  record ById(UUID id) implements IncidentRef {}

  /** Its number in the account. */
  record ByNumber(int number) implements IncidentRef {}

  /**
   * As {@link #parse}.
   *
   * @throws ApiException {@code not_found}, where the text is neither: no incident is called so
   */
  static IncidentRef require(String text) {
    @Nullable IncidentRef key = parse(text);
    if (key == null) {
      throw ApiException.notFound("Incident");
    }
    return key;
  }

  /** The key that this text is, a UUID or a number from 1; null where it is neither. */
  static @Nullable IncidentRef parse(String text) {
    if (text.matches("[1-9][0-9]{0,9}") && Long.parseLong(text) <= Integer.MAX_VALUE) {
      return new ByNumber(Integer.parseInt(text));
    }
    @Nullable UUID id = UuidGenerator.parse(text);
    return id == null ? null : new ById(id);
  }
}
