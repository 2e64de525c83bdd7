package org.nself.incidents.outbound;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLSocketFactory;

/** Calls of the tests. */
final class Client {

  static final Duration LONG = Duration.ofSeconds(30);

  private Client() {}

  static OutboundHttp with(Policy policy, Names.Resolver resolver) {
    return new OutboundHttp(
        policy, resolver, () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
  }

  /** One that may call everything. */
  static OutboundHttp free() {
    return with(new Policy(true, Set.of()), InetAddress::getAllByName);
  }

  /** One that may call these hosts beyond the public ones. */
  static OutboundHttp guarded(String... hosts) {
    return with(new Policy(false, Set.of(hosts)), InetAddress::getAllByName);
  }

  static Call get(String url) {
    return new Call("GET", url, Map.of(), null, LONG);
  }

  static OutboundFailure failure(OutboundHttp http, Call call) {
    return catchThrowableOfType(OutboundFailure.class, () -> http.send(call));
  }
}
