package org.nself.incidents.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server on loopback whose responses a test writes as raw bytes. */
final class RawServer implements AutoCloseable {

  /** Responds on a connection after the head of the request was read. */
  @FunctionalInterface
  interface Behaviour {
    void answer(String head, InputStream in, OutputStream out) throws IOException;
  }

  private final ServerSocket socket;
  private final List<String> heads = new CopyOnWriteArrayList<>();

  RawServer(Behaviour behaviour) throws IOException {
    this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), behaviour);
  }

  RawServer(ServerSocket socket, Behaviour behaviour) {
    this.socket = socket;
    Thread.ofVirtual().start(() -> accept(behaviour));
  }

  /** Responds to every request with this text, with line ends as CR LF. */
  static RawServer answering(String response) throws IOException {
    return new RawServer((_, _, out) -> out.write(bytes(response)));
  }

  static byte[] bytes(String lines) {
    return lines.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  private void accept(Behaviour behaviour) {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        Thread.ofVirtual().start(() -> serve(connection, behaviour));
      } catch (IOException e) {
        return; // Closed by the test.
      }
    }
  }

  private void serve(Socket connection, Behaviour behaviour) {
    try (connection) {
      InputStream in = connection.getInputStream();
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int c = in.read();
        if (c < 0) {
          return;
        }
        head.append((char) c);
      }
      heads.add(head.toString());
      behaviour.answer(head.toString(), in, connection.getOutputStream());
    } catch (IOException e) {
      // Some tests close the connection of the client.
    }
  }

  /** The received request lines and headers, in order. */
  List<String> heads() {
    return heads;
  }

  int port() {
    return socket.getLocalPort();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
