package org.nself.incidents.live;

/** A client that stays connected, whatever the transport. */
public interface LiveConnection {

  /** Why the service ends a connection. */
  enum CloseReason {
    /** The credentials it was opened with are not good any more. */
    EXPIRED,
    /** The process stops; the client should connect again, to another one. */
    GOING_AWAY
  }

  /** Gives a sign of life, and ends the connection where the client gives none. May block. */
  void heartbeat();

  /** Says goodbye in the way of the transport, and closes. May block. */
  void close(CloseReason ending);
}
