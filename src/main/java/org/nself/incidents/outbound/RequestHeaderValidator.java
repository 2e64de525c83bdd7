package org.nself.incidents.outbound;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Validates the headers of a request. */
public final class RequestHeaderValidator {

  /** RFC 9110, 5.6.2. */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");

  /** Visible ASCII, spaces and tabs; servers interpret other characters differently. */
  private static final Pattern VALUE = Pattern.compile("[\\t\\x20-\\x7e]*");

  private static final int MAX_COUNT = 60;
  private static final int MAX_LENGTH = 32 * 1024;

  /** Headers that determine the framing, routing and connection of a message. */
  private static final Set<String> RESERVED =
      Set.of(
          "accept-encoding",
          "connection",
          "content-length",
          "expect",
          "host",
          "http2-settings",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private RequestHeaderValidator() {}

  /** Whether it is a valid name of a header. */
  public static boolean isName(String name) {
    return TOKEN.matcher(name).matches();
  }

  /** Whether it can be sent as the value of a header. */
  public static boolean isValue(String value) {
    return VALUE.matcher(value).matches();
  }

  /** Whether only this client may set the header. */
  public static boolean isReserved(String name) {
    return RESERVED.contains(name.toLowerCase(Locale.ROOT));
  }

  /**
   * @throws OutboundFailure of kind BLOCKED, which names the header but not its value
   */
  static void check(Map<String, String> headers) throws OutboundFailure {
    int length = 0;
    for (Map.Entry<String, String> header : headers.entrySet()) {
      String name = header.getKey();
      if (!isName(name)) {
        throw blocked("One of the headers has an invalid name");
      }
      if (isReserved(name)) {
        throw blocked("The header " + name + " is set by the service and cannot be given");
      }
      if (!isValue(header.getValue())) {
        throw blocked(
            "The header " + name + " contains line breaks or characters outside of ASCII");
      }
      length += name.length() + header.getValue().length();
    }
    if (headers.size() > MAX_COUNT || length > MAX_LENGTH) {
      throw blocked(
          "There are more than %d headers, or they have more than %,d characters"
              .formatted(MAX_COUNT, MAX_LENGTH));
    }
  }

  private static OutboundFailure blocked(String message) {
    return new OutboundFailure(OutboundFailure.Kind.BLOCKED, message);
  }
}
