package org.nself.incidents.live;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An entry of a topic, shared by all its subscribers together with its encoded form. */
public final class TopicEntry<E> {

  private final E value;
  private final long position;
  private final long check;
  private final int weight;
  private volatile byte @Nullable [] frame;

  TopicEntry(E value, long position, long check, int weight) {
    this.value = value;
    this.position = position;
    this.check = check;
    this.weight = weight;
  }

  public E value() {
    return value;
  }

  public long position() {
    return position;
  }

  /** See {@link TopicKind#check}. */
  long check() {
    return check;
  }

  /** The approximate number of bytes of the entry. */
  int weight() {
    return weight;
  }

  /** The encoded entry; the first subscriber that needs it encodes it for all. */
  public byte[] frame(Supplier<byte[]> encode) {
    byte @Nullable [] encoded = frame;
    if (encoded == null) {
      encoded = encode.get();
      frame = encoded;
    }
    return encoded;
  }
}
