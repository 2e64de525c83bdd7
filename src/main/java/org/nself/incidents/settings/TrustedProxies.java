package org.nself.incidents.settings;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Proxies whose {@code X-Forwarded-For} is trusted. */
public record TrustedProxies(List<Range> ranges) {

  static final TrustedProxies NONE = new TrustedProxies(List.of());

  /** Addresses that begin with the same bits. */
  private record Range(InetAddress network, int bits) {
    boolean contains(InetAddress address) {
      byte[] bytes = address.getAddress();
      byte[] wanted = network.getAddress();
      if (bytes.length != wanted.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> bit % 8;
        if ((bytes[bit / 8] & mask) != (wanted[bit / 8] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * @param text addresses and ranges such as {@code 10.0.0.0/8} by commas; empty for none
   * @throws IllegalArgumentException if one is neither
   */
  static TrustedProxies parse(String text) {
    List<Range> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      if (!part.isBlank()) {
        ranges.add(range(part.strip()));
      }
    }
    return new TrustedProxies(List.copyOf(ranges));
  }

  private static Range range(String text) {
    String[] parts = text.split("/", 2);
    InetAddress network = InetAddress.ofLiteral(parts[0]);
    int most = network.getAddress().length * 8;
    int bits = parts.length == 1 ? most : Integer.parseInt(parts[1]);
    if (bits < 0 || bits > most) {
      throw new IllegalArgumentException("There are no such prefixes");
    }
    return new Range(network, bits);
  }

  /**
   * The address of the client: the connection's, or the last one in {@code X-Forwarded-For} that is
   * not a trusted proxy's, if a trusted proxy opened the connection. Of IPv6 the network of 64
   * bits, which belongs to one client.
   *
   * @param peer the address of the connection
   * @param forwardedFor the header; null if absent
   */
  public String client(String peer, @Nullable String forwardedFor) {
    @Nullable InetAddress client = literal(peer);
    if (client == null) {
      return peer;
    }
    List<String> hops = forwardedFor == null ? List.of() : Arrays.asList(forwardedFor.split(","));
    for (String hop : hops.reversed()) {
      @Nullable InetAddress previous = literal(hop.strip());
      if (previous == null || !contains(client)) {
        break;
      }
      client = previous;
    }
    return client instanceof Inet6Address ? prefix(client) : client.getHostAddress();
  }

  /** Whether this is the address of a trusted proxy. */
  public boolean contains(String peer) {
    @Nullable InetAddress address = literal(peer);
    return address != null && contains(address);
  }

  private boolean contains(InetAddress address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
  }

  private static @Nullable InetAddress literal(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static String prefix(InetAddress address) {
    byte[] bytes = Arrays.copyOf(address.getAddress(), 8);
    StringBuilder text = new StringBuilder();
    for (byte part : bytes) {
      text.append("%02x".formatted(part));
    }
    return text.append("::/64").toString();
  }
}
