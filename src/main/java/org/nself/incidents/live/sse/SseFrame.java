package org.nself.incidents.live.sse;

import java.nio.charset.StandardCharsets;

/** An event as it stands in a stream of Server-Sent Events. */
public final class SseFrame {

  private SseFrame() {}

  /**
   * A message that moves the client's Last-Event-ID.
   *
   * @param json on one line
   */
  public static byte[] of(String id, String json) {
    return ("id: " + id + "\ndata: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Moves the client's Last-Event-ID without a message. */
  public static String idOnly(String id) {
    return "id: " + id + "\n\n";
  }

  /** An event of a name, as graphql-sse has them. */
  static byte[] named(String event, String data) {
    return ("event: " + event + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
  }
}
