package org.nself.incidents.outbound;

import java.net.InetAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which servers may be called.
 *
 * @param allowPrivate whether all of them
 * @param allowedHosts those that may be called wherever they are: {@code host} or {@code host:port}
 */
record DestinationPolicy(boolean allowPrivate, Set<String> allowedHosts) {

  /**
   * @param addresses all that the name stands for; one that is private is enough to refuse it
   * @throws OutboundFailure of REFUSED_BY_POLICY
   */
  void check(Destination target, InetAddress[] addresses) throws OutboundFailure {
    if (allowPrivate || isListed(target)) {
      return;
    }
    for (InetAddress address : addresses) {
      @Nullable String fault = AddressBlocklist.blockedReason(address);
      if (fault != null) {
        throw new OutboundFailure(
            OutboundFailure.Kind.BLOCKED,
            "%s may not be called: its address is %s; ALLOWED_PRIVATE_HOSTS can name it"
                .formatted(target, fault));
      }
    }
  }

  private boolean isListed(Destination target) {
    String host =
        target.host().endsWith(".")
            ? target.host().substring(0, target.host().length() - 1)
            : target.host();
    return allowedHosts.contains(host) || allowedHosts.contains(host + ":" + target.port());
  }
}
