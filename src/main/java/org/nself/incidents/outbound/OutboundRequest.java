package org.nself.incidents.outbound;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to send.
 *
 * @param headers by name; a name once, whatever its case
 * @param body sent as UTF-8; null for none
 * @param timeout for all of it, from looking up the name to the last byte of the answer
 */
public record OutboundRequest(
    String method,
    String url,
    Map<String, String> headers,
    @Nullable String body,
    Duration timeout) {

  /** Without URL, headers and body, which may hold secrets. */
  @Override
  public String toString() {
    return "Call[" + method + "]";
  }
}
