package org.nself.incidents.web.error;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Collects the invalid fields of a request. It keeps the first {@value #MAX} and counts the others,
 * because a request of 1 MiB can have a hundred thousand. Not safe for several threads.
 */
public final class FieldErrors {

  /** How many an error names. */
  public static final int MAX = 50;

  /** How many are counted; validation of a list ends then. */
  private static final int MAX_COUNTED = 1_000;

  private final List<FieldError> errors = new ArrayList<>();
  private int count;
  private boolean complete = true;

  /** The errors of a list, of which the first {@value #MAX} are kept. */
  static FieldErrors of(List<FieldError> errors) {
    FieldErrors kept = new FieldErrors();
    kept.errors.addAll(errors.subList(0, Math.min(MAX, errors.size())));
    kept.count = errors.size();
    return kept;
  }

  public void add(FieldError error) {
    if (count < MAX) {
      errors.add(error);
    }
    count++;
  }

  public void add(String field, String message) {
    add(new FieldError(field, message));
  }

  /** Counts errors that are not described, because {@link #hasRoom} is false. */
  public void count(int more) {
    count += more;
  }

  /** Says that validation has ended early, so that there may be more errors. */
  public void endEarly() {
    complete = false;
  }

  /** Whether the next error is kept; where it is false, its message need not be made. */
  public boolean hasRoom() {
    return count < MAX;
  }

  /** Whether so many have been counted that validation should end. */
  public boolean isFull() {
    return count >= MAX_COUNTED;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /** Those that are kept. */
  public List<FieldError> toList() {
    return List.copyOf(errors);
  }

  /** All that are kept, and how many there are beside them. */
  String toSentence() {
    String kept =
        errors.stream()
            .map(error -> error.field() + ": " + error.message())
            .collect(Collectors.joining("; "));
    int more = count - errors.size();
    if (!complete || isFull()) {
      return kept + (more == 0 ? "; and perhaps more" : "; and at least %d more".formatted(more));
    }
    return more == 0 ? kept : kept + "; and %d more".formatted(more);
  }
}
