package org.nself.incidents.live.sse;

import java.io.IOException;
import java.util.function.Function;
import org.nself.incidents.live.TopicEntry;
import org.nself.incidents.live.TopicSubscriber;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes entries to an event stream. All watchers of a topic get the same frames. */
public final class SseSubscriber<E> implements TopicSubscriber<E> {

  private static final Logger log = LoggerFactory.getLogger(SseSubscriber.class);

  private final SseConnection stream;
  private final Function<E, byte[]> frame;

  public SseSubscriber(SseConnection stream, Function<E, byte[]> frame) {
    this.stream = stream;
    this.frame = frame;
  }

  @Override
  public void next(TopicEntry<E> entry) throws IOException {
    stream.write(entry.frame(() -> frame.apply(entry.value())));
  }

  @Override
  public void failed(ApiException problem) {
    log.debug("A stream ends: {}", problem.getMessage());
    // The client connects again and goes on after what it got last.
    stream.close();
  }
}
