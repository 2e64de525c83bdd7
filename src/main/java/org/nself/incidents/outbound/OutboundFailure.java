package org.nself.incidents.outbound;

import java.io.Serial;

/** A call that brought no answer. The message holds neither headers nor a query. */
public final class OutboundFailure extends Exception {

  @Serial private static final long serialVersionUID = 1;

  /** What is certain about it. */
  public enum Kind {
    /** It may not be sent, now or later. */
    BLOCKED,
    /** It never reached the server: the name is unknown, the connection was refused. */
    NOT_SENT,
    /** It was not sent, because its sender did not want that any more. */
    ABORTED,
    /** It may have reached the server, and the time was up. */
    TIMED_OUT,
    /** It may have reached the server, and the connection or the answer broke. */
    CONNECTION_LOST
  }

  private final Kind kind;

  OutboundFailure(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
