package org.nself.incidents.live;

/** A long-lived connection to a client, whatever the transport. */
public interface LiveConnection {

  /** Why the service closes a connection. */
  enum CloseReason {
    /** The credentials that it was opened with have expired. */
    EXPIRED,
    /** The process stops; the client should reconnect, to another instance. */
    GOING_AWAY
  }

  /** Sends a heartbeat; closes the connection if the client has not answered. May block. */
  void heartbeat();

  /** Closes the connection as the transport defines. May block. */
  void close(CloseReason reason);
}
