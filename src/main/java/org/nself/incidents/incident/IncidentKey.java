package org.nself.incidents.incident;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Ids;
import org.nself.incidents.api.Problem;

/** What an incident is called by. */
public sealed interface IncidentKey {

  record ById(UUID id) implements IncidentKey {}

  /** Its number in the account. */
  record ByNumber(int number) implements IncidentKey {}

  /**
   * As {@link #parse}.
   *
   * @throws Problem {@code not_found}, where the text is neither: no incident is called so
   */
  static IncidentKey required(String text) {
    @Nullable IncidentKey key = parse(text);
    if (key == null) {
      throw Problem.notFound("Incident");
    }
    return key;
  }

  /** The key that this text is, a UUID or a number from 1; null where it is neither. */
  static @Nullable IncidentKey parse(String text) {
    if (text.matches("[1-9][0-9]{0,9}") && Long.parseLong(text) <= Integer.MAX_VALUE) {
      return new ByNumber(Integer.parseInt(text));
    }
    @Nullable UUID id = Ids.parse(text);
    return id == null ? null : new ById(id);
  }
}
