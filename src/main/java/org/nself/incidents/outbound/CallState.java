package org.nself.incidents.outbound;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.Socket;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a call, which its caller can abort at any time. After that nothing is sent, so
 * that a request that was not sent before was never sent.
 */
final class CallState {

  private final BooleanSupplier stillWanted;

  @GuardedBy("this")
  private @Nullable Socket socket;

  @GuardedBy("this")
  private boolean sent;

  @GuardedBy("this")
  private boolean aborted;

  CallState(BooleanSupplier stillWanted) {
    this.stillWanted = stillWanted;
  }

  /** Sets the socket to close when the call is aborted. */
  synchronized void setSocket(Socket next) throws IOException {
    if (aborted) {
      next.close();
      throw new IOException("aborted");
    }
    socket = next;
  }

  /**
   * To be called before the first byte of a request is sent.
   *
   * @throws OutboundFailure if it must not be sent
   */
  void beforeSend() throws OutboundFailure, IOException {
    // Outside the lock, because it can take long and must not delay abort().
    if (!stillWanted.getAsBoolean()) {
      throw new OutboundFailure(
          OutboundFailure.Kind.ABORTED, "The request was cancelled before it was sent");
    }
    synchronized (this) {
      if (aborted) {
        throw new IOException("aborted");
      }
      sent = true;
    }
  }

  synchronized boolean wasSent() {
    return sent;
  }

  /** Aborts the call and returns whether sending of a request had begun. */
  synchronized boolean abort() {
    aborted = true;
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // Nothing is left to do with the socket.
      }
    }
    return sent;
  }
}
