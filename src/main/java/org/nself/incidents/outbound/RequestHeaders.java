package org.nself.incidents.outbound;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What a caller may put into the headers of a request. */
public final class RequestHeaders {

  /** RFC 9110, 5.6.2. */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");

  /** Visible ASCII, spaces and tabs: anything else is read differently by different servers. */
  private static final Pattern VALUE = Pattern.compile("[\\t\\x20-\\x7e]*");

  private static final int MAX_COUNT = 60;
  private static final int MAX_LENGTH = 32 * 1024;

  /** What says how the message is delimited and forwarded, and whom it is for. */
  private static final Set<String> OURS =
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

  private RequestHeaders() {}

  /** Whether HTTP allows it as a name. */
  public static boolean isName(String name) {
    return TOKEN.matcher(name).matches();
  }

  /** Whether it can be sent as a value. */
  public static boolean isValue(String value) {
    return VALUE.matcher(value).matches();
  }

  /** Whether the client sets it, and nobody else may. */
  public static boolean isReserved(String name) {
    return OURS.contains(name.toLowerCase(Locale.ROOT));
  }

  /**
   * @throws OutboundFailure of REFUSED_BY_POLICY, naming the header and not its value
   */
  static void check(Map<String, String> headers) throws OutboundFailure {
    int length = 0;
    for (Map.Entry<String, String> header : headers.entrySet()) {
      String name = header.getKey();
      if (!isName(name)) {
        throw refused("One of the headers has a name that HTTP does not allow");
      }
      if (isReserved(name)) {
        throw refused("The header " + name + " is set by the service");
      }
      if (!isValue(header.getValue())) {
        throw refused("The header " + name + " has line breaks or other than ASCII characters");
      }
      length += name.length() + header.getValue().length();
    }
    if (headers.size() > MAX_COUNT || length > MAX_LENGTH) {
      throw refused("The headers are too many or too long");
    }
  }

  private static OutboundFailure refused(String message) {
    return new OutboundFailure(OutboundFailure.Kind.BLOCKED, message);
  }
}
