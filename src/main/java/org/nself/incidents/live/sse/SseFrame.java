package org.nself.incidents.live.sse;

import java.nio.charset.StandardCharsets;

/** Formats events of a Server-Sent Events stream. */
public final class SseFrame {

  private SseFrame() {}

  /**
   * A message that sets the client's Last-Event-ID.
   *
   * @param json on one line
   */
  public static byte[] of(String id, String json) {
    return ("id: " + id + "\ndata: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Sets the client's Last-Event-ID by an event of its own name, which {@code onmessage} does not
   * see. It has data because some clients ignore the id of an event without.
   *
   * @param id a cursor, without quotes
   */
  public static String cursor(String id) {
    return "id: " + id + "\nevent: cursor\ndata: {\"cursor\":\"" + id + "\"}\n\n";
  }

  /** A named event, as graphql-sse has them. */
  public static byte[] ofEvent(String event, String data) {
    return ("event: " + event + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
  }
}
