package org.nself.incidents.testing;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * A proxy between a service and its PostgreSQL that shows a test the messages of the
 * frontend/backend protocol, and lets it drop them or close the connection.
 */
public final class PostgresProxy implements AutoCloseable {

  private final ServerSocket server;
  private final URI database;
  private final Supplier<Observer> observers;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  /**
   * Sees the messages of one connection before they are passed on; each direction has its own
   * thread. The start-up message is not shown. An IOException closes the connection.
   */
  public interface Observer {

    /**
     * A message to PostgreSQL.
     *
     * @param type P to parse, B to bind, E to execute, S to synchronize, Q for a simple query …
     * @param body without type and length
     * @return whether to pass it on
     */
    default boolean toServer(char type, byte[] body) throws IOException {
      return true;
    }

    /**
     * A message from PostgreSQL.
     *
     * @param type C for a completed command, Z for ready …
     * @param body without type and length
     * @return whether to pass it on
     */
    default boolean toClient(char type, byte[] body) throws IOException {
      return true;
    }
  }

  private PostgresProxy(ServerSocket server, URI database, Supplier<Observer> observers) {
    this.server = server;
    this.database = database;
    this.observers = observers;
  }

  /**
   * Starts to listen on a free port.
   *
   * @param observers gives the observer of each new connection
   */
  public static PostgresProxy start(String databaseUrl, Supplier<Observer> observers) {
    try {
      PostgresProxy proxy =
          new PostgresProxy(
              new ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
              URI.create(databaseUrl),
              observers);
      Thread.ofVirtual().start(proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The URL of the same database through the proxy, without TLS. */
  public String databaseUrl() {
    return "postgres://%s@127.0.0.1:%d%s?sslmode=disable"
        .formatted(database.getRawUserInfo(), server.getLocalPort(), database.getRawPath());
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Socket postgres = new Socket(database.getHost(), database.getPort());
        // Each message is one write; without this, Nagle's algorithm would delay the next one.
        client.setTcpNoDelay(true);
        postgres.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(postgres);
        Observer observer = observers.get();
        Thread.ofVirtual().start(() -> relay(client, postgres, true, observer::toServer));
        Thread.ofVirtual().start(() -> relay(postgres, client, false, observer::toClient));
      }
    } catch (IOException e) {
      close();
    }
  }

  private interface Filter {
    boolean passes(char type, byte[] body) throws IOException;
  }

  private static void relay(Socket from, Socket to, boolean startsUp, Filter filter) {
    try (from;
        to) {
      DataInputStream in = new DataInputStream(from.getInputStream());
      DataOutputStream out = new DataOutputStream(to.getOutputStream());
      if (startsUp) {
        // The first message of a client, and only that, has no type.
        byte[] startup = in.readNBytes(in.readInt() - 4);
        out.write(
            ByteBuffer.allocate(startup.length + 4)
                .putInt(startup.length + 4)
                .put(startup)
                .array());
      }
      while (true) {
        byte type = in.readByte();
        byte[] body = in.readNBytes(in.readInt() - 4);
        if (filter.passes((char) type, body)) {
          out.write(
              ByteBuffer.allocate(body.length + 5)
                  .put(type)
                  .putInt(body.length + 4)
                  .put(body)
                  .array());
        }
      }
    } catch (IOException e) {
      // One side closed its connection; closing the other is all that is left to do.
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
