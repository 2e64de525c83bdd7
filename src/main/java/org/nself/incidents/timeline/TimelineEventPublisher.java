package org.nself.incidents.timeline;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Tells whoever listens, in this process, that an event was appended and committed. A hint and no
 * more: what another process or psql appends is not told, nor what was committed just before a
 * crash.
 */
public final class TimelineEventPublisher {

  /**
   * Wants to know that a timeline has grown. Called in the writer's thread, so it must be quick.
   */
  @FunctionalInterface
  public interface Listener {
    void appended(String account, UUID incident);
  }

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  public void add(Listener listener) {
    listeners.add(listener);
  }

  void publish(String account, UUID incident) {
    for (Listener listener : listeners) {
      listener.appended(account, incident);
    }
  }
}
