package org.nself.incidents.bench;

import java.util.Locale;
import java.util.stream.LongStream;

/** Times that something took, sorted. */
public final class Latencies {

  private final long[] micros;

  public Latencies(LongStream micros) {
    this.micros = micros.sorted().toArray();
    if (this.micros.length == 0) {
      throw new IllegalStateException("nothing was measured");
    }
  }

  /** Milliseconds within which this part of all were, from 0 to 1. */
  public double millis(double part) {
    return micros[(int) Math.min(micros.length * part, micros.length - 1.0)] / 1e3;
  }

  public int count() {
    return micros.length;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "p50 %.1f ms, p99 %.1f ms, longest %.1f ms",
        millis(0.5),
        millis(0.99),
        millis(1));
  }
}
