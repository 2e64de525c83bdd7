package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WatchdogSocketTest {

  @Test
  void aReadTimesOutAfterALongTimeoutAndClosesTheSocket() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = connected(server);
        Socket _ = server.accept()) {
      socket.setSoTimeout(10_000);
      InputStream input = socket.getInputStream();
      assertThat(socket.getSoTimeout()).isEqualTo(10_000);
      long since = System.nanoTime();
      assertThatThrownBy(input::read).isInstanceOf(SocketTimeoutException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - since))
          .isBetween(Duration.ofSeconds(10), Duration.ofSeconds(14));
      assertThat(socket.isClosed()).as("closed").isTrue();
    }
  }

  @Test
  void theLongTimeoutAppliesToEachReadNotToTheConnection() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = connected(server);
        Socket peer = server.accept()) {
      socket.setSoTimeout(10_000);
      InputStream input = socket.getInputStream();
      // Twelve seconds, with at most four between bytes.
      for (int i = 0; i < 3; i++) {
        Thread writer =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        // Tests silence; there is no event to wait for.
                        Thread.sleep(Duration.ofSeconds(4));
                        peer.getOutputStream().write('x');
                      } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                    });
        assertThat(input.read()).isEqualTo('x');
        writer.join();
      }
      assertThat(socket.isClosed()).as("closed").isFalse();
    }
  }

  @Test
  void aShortTimeoutIsExactAndLeavesTheSocketOpen() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = connected(server);
        Socket peer = server.accept()) {
      socket.setSoTimeout(10_000);
      socket.setSoTimeout(50);
      InputStream input = socket.getInputStream();
      assertThat(socket.getSoTimeout()).isEqualTo(50);
      assertThatThrownBy(input::read).isInstanceOf(SocketTimeoutException.class);
      peer.getOutputStream().write('x');
      socket.setSoTimeout(10_000);
      assertThat(input.read()).as("the byte after the timeout").isEqualTo('x');
      peer.shutdownOutput();
      assertThat(input.read()).as("the end").isEqualTo(-1);
    }
  }

  private static Socket connected(ServerSocket server) throws IOException {
    return new WatchdogSocketFactory().createSocket(server.getInetAddress(), server.getLocalPort());
  }
}
