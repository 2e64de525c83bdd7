package org.nself.incidents.outbound;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLSocketFactory;

/** Clients and requests of the tests. */
final class Client {

  static final Duration LONG = Duration.ofSeconds(30);

  private Client() {}

  static OutboundHttp with(DestinationPolicy policy, DnsResolver.Resolver resolver) {
    return new OutboundHttp(
        policy, resolver, () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
  }

  /** A client without restrictions. */
  static OutboundHttp unrestricted() {
    return with(new DestinationPolicy(true, Set.of()), InetAddress::getAllByName);
  }

  /** A client for public hosts and these. */
  static OutboundHttp guarded(String... hosts) {
    return with(new DestinationPolicy(false, Set.of(hosts)), InetAddress::getAllByName);
  }

  static OutboundRequest get(String url) {
    return new OutboundRequest("primary", "GET", url, Map.of(), null, LONG);
  }

  static OutboundFailure failure(OutboundHttp http, OutboundRequest request) {
    return catchThrowableOfType(OutboundFailure.class, () -> http.send(request));
  }
}
