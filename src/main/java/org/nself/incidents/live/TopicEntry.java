package org.nself.incidents.live;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a topic on its way to the watchers, shared by all of them. What one of them made of
 * it for the wire, the others need not make again.
 */
public final class TopicEntry<E> {

  private final E value;
  private final long position;
  private volatile byte @Nullable [] frame;

  TopicEntry(E value, long place) {
    this.value = value;
    this.position = place;
  }

  public E value() {
    return value;
  }

  public long position() {
    return position;
  }

  /** The entry as its one form on the wire, made by whoever needs it first. */
  public byte[] frame(Supplier<byte[]> make) {
    byte @Nullable [] made = frame;
    if (made == null) {
      made = make.get();
      frame = made;
    }
    return made;
  }
}
