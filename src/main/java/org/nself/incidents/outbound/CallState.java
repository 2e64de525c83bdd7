package org.nself.incidents.outbound;

import java.io.IOException;
import java.net.Socket;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How far a call has come. Its caller may give it up at any moment; from then on nothing is sent
 * any more, so that what was not sent until then was never sent.
 */
final class CallState {

  private final BooleanSupplier wanted;
  private @Nullable Socket socket;
  private boolean sent;
  private boolean givenUp;

  CallState(BooleanSupplier wanted) {
    this.wanted = wanted;
  }

  /** A socket to close when the call is given up. */
  synchronized void uses(Socket next) throws IOException {
    if (givenUp) {
      next.close();
      throw new IOException("given up");
    }
    socket = next;
  }

  /**
   * To be called before the first byte of a request.
   *
   * @throws OutboundFailure where it is not to be sent
   */
  void sending() throws OutboundFailure, IOException {
    // Not under the lock: it may take its time, and who gives up is not to wait for it.
    if (!wanted.getAsBoolean()) {
      throw new OutboundFailure(OutboundFailure.Kind.ABORTED, "It was not wanted any more");
    }
    synchronized (this) {
      if (givenUp) {
        throw new IOException("given up");
      }
      sent = true;
    }
  }

  synchronized boolean wasSent() {
    return sent;
  }

  /** Whether a request had begun to be sent. */
  synchronized boolean giveUp() {
    givenUp = true;
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // Closed is all that it should be.
      }
    }
    return sent;
  }
}
