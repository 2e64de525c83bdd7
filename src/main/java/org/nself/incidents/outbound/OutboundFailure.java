package org.nself.incidents.outbound;

import java.io.Serial;

/** A call without a response. The message contains neither headers nor the query. */
public final class OutboundFailure extends Exception {

  @Serial private static final long serialVersionUID = 1;

  /** Why it failed, and whether the server can have received the request. */
  public enum Kind {
    /** Not sent, because the request or the destination is not allowed. */
    BLOCKED,
    /** Not sent: the name is unknown or the connection failed. */
    NOT_SENT,
    /** Not sent, because the caller cancelled it. */
    ABORTED,
    /** Possibly received by the server: no complete response arrived before the timeout. */
    TIMED_OUT,
    /** Possibly received by the server: the connection failed or the response was invalid. */
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
