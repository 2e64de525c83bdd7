package org.nself.incidents.testing;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a service and its PostgreSQL and counts the statements that are executed, as they
 * go over the wire.
 */
public final class StatementCounter implements AutoCloseable {

  /** The codes of SSLRequest and GSSENCRequest; after them the start-up begins anew. */
  private static final int SSL = 80877103;

  private static final int GSS = 80877104;

  private final ServerSocket server;
  private final String host;
  private final int port;
  private final String databaseUrl;
  private final Listener listener;
  private final AtomicInteger executed = new AtomicInteger();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  /** Told of every message on its way to PostgreSQL, before it goes on. */
  @FunctionalInterface
  public interface Listener {

    /**
     * @param type as in PostgreSQL's protocol: P to parse, B to bind, E to execute, S to
     *     synchronize
     * @param body without type and length
     */
    void message(char type, byte[] body);
  }

  private StatementCounter(ServerSocket server, URI database, Listener listener) {
    this.server = server;
    this.listener = listener;
    this.host = database.getHost();
    this.port = database.getPort();
    this.databaseUrl =
        "postgres://%s@127.0.0.1:%d%s?sslmode=disable"
            .formatted(database.getRawUserInfo(), server.getLocalPort(), database.getRawPath());
  }

  /** Begins to listen. */
  public static StatementCounter before(String databaseUrl) {
    return before(databaseUrl, (type, body) -> {});
  }

  /** Begins to listen, and tells of what it hears. */
  public static StatementCounter before(String databaseUrl, Listener listener) {
    try {
      StatementCounter counter =
          new StatementCounter(
              new ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
              URI.create(databaseUrl),
              listener);
      Thread.ofVirtual().start(counter::accept);
      return counter;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same database, through the counter. */
  public String databaseUrl() {
    return databaseUrl;
  }

  /** How many statements were executed so far. */
  public int executed() {
    return executed.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Socket postgres = new Socket(InetAddress.getAllByName(host)[0], port);
        // Each message is written by itself; none is to wait until the one before is acknowledged.
        client.setTcpNoDelay(true);
        postgres.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(postgres);
        Thread.ofVirtual().start(() -> relay(client, postgres, this::countAndRelay));
        Thread.ofVirtual().start(() -> relay(postgres, client, InputStream::transferTo));
      }
    } catch (IOException e) {
      close();
    }
  }

  @FunctionalInterface
  private interface Relay {
    void run(InputStream from, OutputStream to) throws IOException;
  }

  private static void relay(Socket from, Socket to, Relay relay) {
    try (from;
        to) {
      relay.run(from.getInputStream(), to.getOutputStream());
    } catch (IOException e) {
      // One side hung up; the other is closed with it.
    }
  }

  private void countAndRelay(InputStream client, OutputStream postgres) throws IOException {
    DataInputStream in = new DataInputStream(client);
    DataOutputStream out = new DataOutputStream(postgres);
    int code;
    do {
      int length = in.readInt();
      code = in.readInt();
      out.writeInt(length);
      out.writeInt(code);
      out.write(in.readNBytes(length - 8));
      out.flush();
    } while (code == SSL || code == GSS);
    boolean counted = true;
    while (true) {
      int type = in.readUnsignedByte();
      int length = in.readInt();
      byte[] content = in.readNBytes(length - 4);
      // Polling for tasks and checking health have connections of their own, used by no request.
      counted &= type != 'P' || !isBackground(new String(content, StandardCharsets.UTF_8));
      if (counted) {
        listener.message((char) type, content);
        if (type == 'E' || type == 'Q') {
          executed.incrementAndGet();
        }
      }
      out.writeByte(type);
      out.writeInt(length);
      out.write(content);
      out.flush();
    }
  }

  private static boolean isBackground(String sql) {
    return sql.contains("application_name = 'nself-incident-mgmt-health'")
        || (sql.contains("np_runbook_tasks")
            && (sql.contains("locked_executions") || sql.contains("last_heartbeat <=")));
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
