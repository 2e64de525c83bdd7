package org.nself.incidents.settings;

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

  static int defaultMaxConnections(long heap) {
    return Math.clamp(heap / HEAP_PER_CONNECTION, MIN_CONNECTIONS, 1_000_000);
  }

  static long defaultMaxBytes(long heap) {
    return Math.max(heap / BYTES_PART, MIN_BYTES);
  }
}
