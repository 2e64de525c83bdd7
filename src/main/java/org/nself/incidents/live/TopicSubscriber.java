package org.nself.incidents.live;

import java.io.IOException;
import org.nself.incidents.web.error.ApiException;

/** Receives the entries of a topic. Called by one virtual thread at a time; may block. */
public interface TopicSubscriber<E> {

  /**
   * Takes the next entry.
   *
   * @throws IOException if the client is gone; {@link #failed} follows and nothing else
   */
  void next(TopicEntry<E> entry) throws IOException;

  /**
   * Disconnects the client, because it is slow and there is no room for others; called by another
   * thread.
   */
  void disconnect();

  /** Says that no more entries follow, and why. */
  void failed(ApiException error);
}
