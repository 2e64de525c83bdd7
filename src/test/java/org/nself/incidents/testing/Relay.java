package org.nself.incidents.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A piece of network: passes on what it is given, or swallows it without breaking a connection. */
public final class Relay implements AutoCloseable {

  private final String host;
  private final int port;
  private final ServerSocket server;
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private volatile boolean muted;

  private Relay(String host, int port) throws IOException {
    this.host = host;
    this.port = port;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  public static Relay to(String host, int port) {
    try {
      return new Relay(host, port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  /** From now on what comes from the other side is swallowed, in every connection. */
  public void mute() {
    muted = true;
  }

  public void unmute() {
    muted = false;
  }

  private void accept() {
    try {
      while (true) {
        Socket from = server.accept();
        Socket to = new Socket(host, port);
        sockets.add(from);
        sockets.add(to);
        Thread.ofVirtual().start(() -> pass(from, to, false));
        Thread.ofVirtual().start(() -> pass(to, from, true));
      }
    } catch (IOException closed) {
      close();
    }
  }

  private void pass(Socket from, Socket to, boolean swallows) {
    byte[] bytes = new byte[8192];
    try (from;
        to) {
      InputStream input = from.getInputStream();
      OutputStream output = to.getOutputStream();
      int count = input.read(bytes);
      while (count >= 0) {
        if (!swallows || !muted) {
          output.write(bytes, 0, count);
        }
        count = input.read(bytes);
      }
    } catch (IOException ended) {
      // One side has closed; the other is closed with it.
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
