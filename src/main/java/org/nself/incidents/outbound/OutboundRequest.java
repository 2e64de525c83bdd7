package org.nself.incidents.outbound;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to send.
 *
 * @param account whose turn of resolving names is used
 * @param shownHost what messages contain instead of the host; null for the host itself
 * @param headers by name, which is unique regardless of case
 * @param body sent as UTF-8; null for none
 * @param timeout for the whole exchange, from resolving the name to the last byte of the response
 */
public record OutboundRequest(
    String account,
    String method,
    String url,
    @Nullable String shownHost,
    Map<String, String> headers,
    @Nullable String body,
    Duration timeout) {

  /** A request whose host can be in messages. */
  public OutboundRequest(
      String account,
      String method,
      String url,
      Map<String, String> headers,
      @Nullable String body,
      Duration timeout) {
    this(account, method, url, null, headers, body, timeout);
  }

  /** Without URL, headers and body, which can contain secrets. */
  @Override
  public String toString() {
    return "OutboundRequest[" + method + "]";
  }
}
