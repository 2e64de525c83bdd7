package org.nself.incidents.outbound;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that are not on the public Internet, according to the special-purpose registries of
 * IANA (RFC 6890), and the metadata services that cloud providers put on public addresses.
 */
final class AddressBlocklist {

  /** A range of addresses with its description. */
  private static final class Range {

    private final byte[] prefix;
    private final int bits;
    private final String description;

    private Range(byte[] prefix, int bits, String description) {
      this.prefix = prefix;
      this.bits = bits;
      this.description = description;
    }

    static Range of(String network, String description) {
      String[] parts = network.split("/", 2);
      return new Range(
          InetAddress.ofLiteral(parts[0]).getAddress(), Integer.parseInt(parts[1]), description);
    }

    boolean contains(byte[] address) {
      if (address.length != prefix.length) {
        return false;
      }
      int wholeBytes = bits / 8;
      int shift = 8 - bits % 8;
      return Arrays.equals(address, 0, wholeBytes, prefix, 0, wholeBytes)
          && (shift == 8
              || (address[wholeBytes] & 0xff) >> shift == (prefix[wholeBytes] & 0xff) >> shift);
    }
  }

  private static final List<Range> IPV4 =
      List.of(
          Range.of("0.0.0.0/8", "this network"),
          Range.of("10.0.0.0/8", "private"),
          Range.of("100.64.0.0/10", "shared by a carrier"),
          Range.of("127.0.0.0/8", "loopback"),
          Range.of("168.63.129.16/32", "a cloud metadata service"),
          Range.of("169.254.169.254/32", "a cloud metadata service"),
          Range.of("169.254.0.0/16", "link-local"),
          Range.of("172.16.0.0/12", "private"),
          Range.of("192.0.0.0/24", "reserved"),
          Range.of("192.0.2.0/24", "reserved for documentation"),
          Range.of("192.88.99.0/24", "reserved"),
          Range.of("192.168.0.0/16", "private"),
          Range.of("198.18.0.0/15", "reserved for benchmarks"),
          Range.of("198.51.100.0/24", "reserved for documentation"),
          Range.of("203.0.113.0/24", "reserved for documentation"),
          Range.of("224.0.0.0/4", "multicast"),
          Range.of("240.0.0.0/4", "reserved"));

  private static final List<Range> IPV6 =
      List.of(
          Range.of("::/128", "unspecified"),
          Range.of("::1/128", "loopback"),
          Range.of("fd00:ec2::254/128", "a cloud metadata service"),
          Range.of("fc00::/7", "private"),
          Range.of("fe80::/10", "link-local"),
          Range.of("fec0::/10", "private"),
          Range.of("ff00::/8", "multicast"),
          // IETF protocol assignments: Teredo, benchmarks, ORCHID.
          Range.of("2001::/23", "reserved"),
          Range.of("2001:db8::/32", "reserved for documentation"),
          Range.of("2002::/16", "a 6to4 tunnel"),
          Range.of("3fff::/20", "reserved for documentation"));

  /** The only range that IANA has allocated for global unicast. */
  private static final Range GLOBAL_UNICAST = Range.of("2000::/3", "public");

  /** Ranges whose last four bytes are the IPv4 address that is reached. */
  private static final List<Range> EMBEDDING =
      List.of(
          Range.of("::/96", "compatible"),
          // Not by Range.of: InetAddress converts the literal of a mapped address to Inet4Address.
          new Range(mapped(), 96, "mapped"),
          Range.of("64:ff9b::/96", "NAT64"));

  private AddressBlocklist() {}

  private static byte[] mapped() {
    byte[] prefix = new byte[16];
    prefix[10] = (byte) 0xff;
    prefix[11] = (byte) 0xff;
    return prefix;
  }

  /** Returns why the address is not public; null if it is public. */
  static @Nullable String blockedReason(InetAddress address) {
    return address instanceof Inet4Address
        ? find(IPV4, address.getAddress())
        : blockedReasonIpv6(address.getAddress());
  }

  /** As {@link #blockedReason}, for the 16 bytes of an IPv6 address. */
  static @Nullable String blockedReasonIpv6(byte[] address) {
    @Nullable String reason = find(IPV6, address);
    if (reason != null) {
      return reason;
    }
    if (find(EMBEDDING, address) != null) {
      return find(IPV4, Arrays.copyOfRange(address, 12, 16));
    }
    return GLOBAL_UNICAST.contains(address) ? null : "reserved";
  }

  private static @Nullable String find(List<Range> ranges, byte[] address) {
    for (Range range : ranges) {
      if (range.contains(address)) {
        return range.description;
      }
    }
    return null;
  }
}
