package org.nself.incidents.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A request whose {@code Host} Java's client would not send. */
final class RawRequest {

  private RawRequest() {}

  /** Sends these lines and returns all that comes until the connection is closed. */
  static String send(int port, String... lines) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(String.join("\r\n", lines).getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
