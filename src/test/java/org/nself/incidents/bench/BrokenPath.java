package org.nself.incidents.bench;

/** Something that was to be measured does not work: no figure, but a failure. */
final class BrokenPath extends RuntimeException {

  private static final long serialVersionUID = 1;

  BrokenPath(String message) {
    super(message);
  }
}
