package org.nself.incidents.live.sse;

import java.io.IOException;
import java.util.function.Function;
import org.nself.incidents.live.TopicEntry;
import org.nself.incidents.live.TopicSubscriber;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the entries of a topic to an SSE connection. All subscribers share the encoded frames. */
final class SseSubscriber<E> implements TopicSubscriber<E> {

  private static final Logger log = LoggerFactory.getLogger(SseSubscriber.class);

  private final SseConnection connection;
  private final Function<E, byte[]> frame;

  SseSubscriber(SseConnection connection, Function<E, byte[]> frame) {
    this.connection = connection;
    this.frame = frame;
  }

  @Override
  public void next(TopicEntry<E> entry) throws IOException {
    connection.write(entry.frame(() -> frame.apply(entry.value())));
  }

  @Override
  public void disconnect() {
    connection.close();
  }

  @Override
  public void failed(ApiException error) {
    log.debug("Closing a stream: {}", error.getMessage());
    // The client reconnects and resumes from its Last-Event-ID.
    connection.close();
  }
}
