package org.nself.incidents.outbound;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses are nobody's on the public Internet. By IANA's special-purpose registries (RFC
 * 6890), and what cloud providers put on public addresses.
 */
final class AddressBlocklist {

  /** A range of addresses, and what it is. */
  private static final class Range {

    private final byte[] prefix;
    private final int bits;
    private final String what;

    private Range(byte[] prefix, int bits, String what) {
      this.prefix = prefix;
      this.bits = bits;
      this.what = what;
    }

    static Range of(String network, String what) {
      String[] parts = network.split("/", 2);
      return new Range(
          InetAddress.ofLiteral(parts[0]).getAddress(), Integer.parseInt(parts[1]), what);
    }

    boolean holds(byte[] address) {
      if (address.length != prefix.length) {
        return false;
      }
      int whole = bits / 8;
      int rest = 8 - bits % 8;
      return Arrays.equals(address, 0, whole, prefix, 0, whole)
          && (rest == 8 || (address[whole] & 0xff) >> rest == (prefix[whole] & 0xff) >> rest);
    }
  }

  private static final List<Range> IPV4 =
      List.of(
          Range.of("0.0.0.0/8", "this network"),
          Range.of("10.0.0.0/8", "private"),
          Range.of("100.64.0.0/10", "a carrier's own"),
          Range.of("127.0.0.0/8", "loopback"),
          Range.of("168.63.129.16/32", "a cloud's metadata"),
          Range.of("169.254.169.254/32", "a cloud's metadata"),
          Range.of("169.254.0.0/16", "link-local"),
          Range.of("172.16.0.0/12", "private"),
          Range.of("192.0.0.0/24", "reserved"),
          Range.of("192.0.2.0/24", "for documentation"),
          Range.of("192.88.99.0/24", "reserved"),
          Range.of("192.168.0.0/16", "private"),
          Range.of("198.18.0.0/15", "for benchmarks"),
          Range.of("198.51.100.0/24", "for documentation"),
          Range.of("203.0.113.0/24", "for documentation"),
          Range.of("224.0.0.0/4", "multicast"),
          Range.of("240.0.0.0/4", "reserved"));

  private static final List<Range> IPV6 =
      List.of(
          Range.of("::/128", "unspecified"),
          Range.of("::1/128", "loopback"),
          Range.of("fd00:ec2::254/128", "a cloud's metadata"),
          Range.of("fc00::/7", "private"),
          Range.of("fe80::/10", "link-local"),
          Range.of("fec0::/10", "private"),
          Range.of("ff00::/8", "multicast"),
          // Teredo, benchmarks, ORCHID: all that the IETF keeps for protocols.
          Range.of("2001::/23", "reserved"),
          Range.of("2001:db8::/32", "for documentation"),
          Range.of("2002::/16", "a tunnel of 6to4"),
          Range.of("3fff::/20", "for documentation"));

  /** All that is given out so far. */
  private static final Range GLOBAL_UNICAST = Range.of("2000::/3", "public");

  /** Ranges whose last four bytes are an IPv4 address that is meant: mapped, compatible, NAT64. */
  private static final List<Range> EMBEDDING =
      List.of(
          Range.of("::/96", "compatible"),
          // InetAddress makes Inet4Address of the literal form of the mapped prefix.
          new Range(mapped(), 96, "mapped"),
          Range.of("64:ff9b::/96", "NAT64"));

  private AddressBlocklist() {}

  private static byte[] mapped() {
    byte[] prefix = new byte[16];
    prefix[10] = (byte) 0xff;
    prefix[11] = (byte) 0xff;
    return prefix;
  }

  /** What the address is that makes it private; null for a public one. */
  static @Nullable String blockedReason(InetAddress address) {
    return address instanceof Inet4Address
        ? in(IPV4, address.getAddress())
        : ofIpv6(address.getAddress());
  }

  /** As {@link #blockedReason}, of the sixteen bytes. */
  static @Nullable String ofIpv6(byte[] address) {
    @Nullable String fault = in(IPV6, address);
    if (fault != null) {
      return fault;
    }
    if (in(EMBEDDING, address) != null) {
      return in(IPV4, Arrays.copyOfRange(address, 12, 16));
    }
    return GLOBAL_UNICAST.holds(address) ? null : "reserved";
  }

  private static @Nullable String in(List<Range> ranges, byte[] address) {
    for (Range range : ranges) {
      if (range.holds(address)) {
        return range.what;
      }
    }
    return null;
  }
}
