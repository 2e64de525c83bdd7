package org.nself.incidents.settings;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Limits of what clients send.
 *
 * @param maxConnections how many TCP connections may be open
 * @param maxUnknownCallers how many WebSockets and requests may be without an authenticated caller,
 *     and how many requests may be incomplete
 * @param maxUnknownCallersPerAddress how many of them one address may have
 * @param maxBytes how many bytes the requests and messages in progress may take
 * @param headerTimeoutSeconds how long the head of a request may take, and a WebSocket to
 *     authenticate
 * @param bodyTimeoutSeconds how long the body of a request may take
 * @param keepAliveSeconds how long a connection may wait for the next request
 */
public record InboundSettings(
    int maxConnections,
    int maxUnknownCallers,
    int maxUnknownCallersPerAddress,
    long maxBytes,
    int headerTimeoutSeconds,
    int bodyTimeoutSeconds,
    int keepAliveSeconds) {

  /** Heap for each connection that may be open: an idle WebSocket takes half of it. */
  private static final int HEAP_PER_CONNECTION = 64 * 1024;

  private static final int MIN_CONNECTIONS = 100;

  /** The part of the heap that requests and messages may take. */
  private static final int BYTES_PART = 8;

  /** An account can send one body of 1 MiB. */
  private static final long MIN_BYTES = 10 << 20;

  private static final Setting<Integer> MAX_CONNECTIONS =
      Setting.withoutDefault(
          "MAX_CONNECTIONS",
          "one for each 64 KiB of the heap: 4,000 in the image",
          "100 to 1,000,000",
          "TCP connections that may be open; idle ones end where more are needed",
          (variable, value) -> Setting.parseNumber(variable, value, 100, 1_000_000));
  private static final Setting<Integer> MAX_UNKNOWN_CALLERS =
      Setting.number(
          "MAX_UNKNOWN_CALLERS",
          200,
          1,
          1_000_000,
          "WebSockets that have not authenticated yet, and requests of which a part has arrived");
  private static final Setting<Integer> MAX_UNKNOWN_CALLERS_PER_ADDRESS =
      Setting.number(
          "MAX_UNKNOWN_CALLERS_PER_ADDRESS",
          20,
          1,
          1_000_000,
          "those of them that an address may have; set `TRUSTED_PROXIES` if a proxy opens the"
              + " connections");
  private static final Setting<Integer> INBOUND_MEMORY_MIB =
      Setting.withoutDefault(
          "INBOUND_MEMORY_MIB",
          "an eighth of the heap: 31 in the image",
          "10 to 100,000",
          "MiB that the requests and messages in progress may take, 64 KiB for each and twice its"
              + " body; an account may take a quarter of it",
          (variable, value) -> Setting.parseNumber(variable, value, 10, 100_000));
  private static final Setting<Integer> HEADER_TIMEOUT_SECONDS =
      Setting.number(
          "HEADER_TIMEOUT_SECONDS",
          10,
          1,
          3_600,
          "how long the first byte and the head of a request may take, and a WebSocket to"
              + " authenticate");
  private static final Setting<Integer> BODY_TIMEOUT_SECONDS =
      Setting.number(
          "BODY_TIMEOUT_SECONDS",
          30,
          1,
          3_600,
          "how long the body of a request may take; in each 10 s at least 8 KiB must arrive");
  private static final Setting<Integer> KEEP_ALIVE_SECONDS =
      Setting.number(
          "KEEP_ALIVE_SECONDS",
          75,
          1,
          3_600,
          "how long a connection may wait for the next request: longer than the proxy before it"
              + " waits");

  /** In the order of the README. */
  static final List<Setting<?>> ALL =
      List.of(
          MAX_CONNECTIONS,
          MAX_UNKNOWN_CALLERS,
          MAX_UNKNOWN_CALLERS_PER_ADDRESS,
          INBOUND_MEMORY_MIB,
          HEADER_TIMEOUT_SECONDS,
          BODY_TIMEOUT_SECONDS,
          KEEP_ALIVE_SECONDS);

  static InboundSettings read(Function<String, @Nullable String> environment) {
    long heap = Runtime.getRuntime().maxMemory();
    @Nullable Integer connections = MAX_CONNECTIONS.readOptional(environment);
    @Nullable Integer megabytes = INBOUND_MEMORY_MIB.readOptional(environment);
    return new InboundSettings(
        connections == null ? defaultMaxConnections(heap) : connections,
        MAX_UNKNOWN_CALLERS.read(environment),
        MAX_UNKNOWN_CALLERS_PER_ADDRESS.read(environment),
        megabytes == null ? defaultMaxBytes(heap) : (long) megabytes << 20,
        HEADER_TIMEOUT_SECONDS.read(environment),
        BODY_TIMEOUT_SECONDS.read(environment),
        KEEP_ALIVE_SECONDS.read(environment));
  }

  static int defaultMaxConnections(long heap) {
    return Math.clamp(heap / HEAP_PER_CONNECTION, MIN_CONNECTIONS, 1_000_000);
  }

  static long defaultMaxBytes(long heap) {
    return Math.max(heap / BYTES_PART, MIN_BYTES);
  }
}
