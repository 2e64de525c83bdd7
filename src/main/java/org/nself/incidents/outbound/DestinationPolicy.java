package org.nself.incidents.outbound;

import java.net.InetAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The servers that may be called.
 *
 * @param allowPrivate whether servers in private networks may be called
 * @param allowedHosts servers that may be called in any network: {@code host} or {@code host:port}
 */
record DestinationPolicy(boolean allowPrivate, Set<String> allowedHosts) {

  /**
   * @param addresses all addresses of the host; a single private one blocks it
   * @throws OutboundFailure of kind BLOCKED
   */
  void check(Destination destination, InetAddress[] addresses) throws OutboundFailure {
    if (allowPrivate || isListed(destination, allowedHosts)) {
      return;
    }
    for (InetAddress address : addresses) {
      @Nullable String reason = AddressBlocklist.blockedReason(address);
      if (reason != null) {
        throw new OutboundFailure(
            OutboundFailure.Kind.BLOCKED,
            "%s is blocked: its address is %s; add the host to ALLOWED_PRIVATE_HOSTS to allow it"
                .formatted(destination, reason));
      }
    }
  }

  /** Whether hosts, each a name or {@code name:port} in lower case, contain a destination. */
  static boolean isListed(Destination destination, Set<String> hosts) {
    String host =
        destination.host().endsWith(".")
            ? destination.host().substring(0, destination.host().length() - 1)
            : destination.host();
    return hosts.contains(host) || hosts.contains(host + ":" + destination.port());
  }
}
