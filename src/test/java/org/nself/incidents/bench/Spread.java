package org.nself.incidents.bench;

import java.util.Collection;
import java.util.List;

/** The middle of the same figure in all rounds, the least and the most. */
record Spread(double median, double least, double most) {

  static Spread of(Collection<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    double median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    return new Spread(median, sorted.getFirst(), sorted.getLast());
  }
}
