package org.nself.incidents.live;

import java.io.IOException;
import java.util.function.Function;
import org.nself.incidents.api.Problem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes entries to an event stream. All watchers of a topic get the same frames. */
final class StreamWatcher<E> implements Watcher<E> {

  private static final Logger log = LoggerFactory.getLogger(StreamWatcher.class);

  private final EventStream stream;
  private final Function<E, byte[]> frame;

  StreamWatcher(EventStream stream, Function<E, byte[]> frame) {
    this.stream = stream;
    this.frame = frame;
  }

  @Override
  public void next(Entry<E> entry) throws IOException {
    stream.write(entry.frame(() -> frame.apply(entry.value())));
  }

  @Override
  public void failed(Problem problem) {
    log.debug("A stream ends: {}", problem.getMessage());
    // The client connects again and goes on after what it got last.
    stream.close();
  }
}
