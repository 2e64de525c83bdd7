package org.nself.incidents.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The values of one figure, one for each round. */
record Samples(List<Double> values) {

  Samples() {
    this(new ArrayList<>());
  }

  void add(double value) {
    values.add(value);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** The ratio to another figure in each round. */
  Samples dividedBy(Samples other) {
    return new Samples(
        IntStream.range(0, values.size())
            .mapToObj(round -> values.get(round) / other.values.get(round))
            .toList());
  }

  /** The median, with least and most in brackets; each is formatted by {@code number}. */
  String format(String number) {
    return "%s (%s–%s)"
        .formatted(
            number.formatted(median()),
            number.formatted(values.stream().min(Double::compare).orElseThrow()),
            number.formatted(values.stream().max(Double::compare).orElseThrow()));
  }
}
