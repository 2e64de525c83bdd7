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
record Policy(boolean allowPrivate, Set<String> allowedHosts) {

  /**
   * @param addresses all that the name stands for; one that is private is enough to refuse it
   * @throws OutboundFailure of REFUSED_BY_POLICY
   */
  void check(Target target, InetAddress[] addresses) throws OutboundFailure {
    if (allowPrivate || isListed(target)) {
      return;
    }
    for (InetAddress address : addresses) {
      @Nullable String fault = AddressRules.fault(address);
      if (fault != null) {
        throw new OutboundFailure(
            OutboundFailure.Kind.REFUSED_BY_POLICY,
            "%s may not be called: its address is %s; ALLOWED_PRIVATE_HOSTS can name it"
                .formatted(target, fault));
      }
    }
  }

  private boolean isListed(Target target) {
    String host =
        target.host().endsWith(".")
            ? target.host().substring(0, target.host().length() - 1)
            : target.host();
    return allowedHosts.contains(host) || allowedHosts.contains(host + ":" + target.port());
  }
}
