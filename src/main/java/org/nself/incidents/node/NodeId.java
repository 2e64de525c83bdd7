package org.nself.incidents.node;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.Strings;

/**
 * A global id: a type and an id in it. Clients see it in base64url, so that they do not rely on its
 * parts.
 *
 * @param type the name of the type in the schema
 */
record NodeId(String type, UUID id) {

  /** The longest name of a type, a colon and a UUID are shorter. */
  private static final int MAX_LENGTH = 128;

  /** Null if the text is no global id. */
  static @Nullable NodeId parse(String text) {
    if (text.length() > MAX_LENGTH) {
      return null;
    }
    String decoded;
    try {
      decoded = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
    int colon = decoded.indexOf(':');
    @Nullable UUID id = colon < 0 ? null : Strings.uuid(decoded.substring(colon + 1));
    return id == null ? null : new NodeId(decoded.substring(0, colon), id);
  }

  @Override
  public String toString() {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((type + ":" + id).getBytes(StandardCharsets.UTF_8));
  }
}
