package org.nself.incidents.live;

import java.io.IOException;
import org.nself.incidents.web.error.ApiException;

/** Who is told. Called by one thread at a time, a virtual one that may block. */
public interface TopicSubscriber<E> {

  /**
   * Takes the next entry.
   *
   * @throws IOException where the watcher is gone; it is told nothing more
   */
  void next(TopicEntry<E> entry) throws IOException;

  /** Says that no more will come, and why. */
  void failed(ApiException problem);
}
