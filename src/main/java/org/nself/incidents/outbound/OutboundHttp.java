package org.nself.incidents.outbound;

/** Sends requests to servers that others name. */
public final class OutboundHttp {

  /** Sends it once; nothing is repeated. */
  public Answer send(Call call) throws OutboundFailure {
    throw new OutboundFailure(OutboundFailure.Kind.NOT_SENT, "not yet: " + call);
  }
}
