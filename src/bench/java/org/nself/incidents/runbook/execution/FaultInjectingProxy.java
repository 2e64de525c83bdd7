package org.nself.incidents.runbook.execution;

import static java.util.stream.Collectors.joining;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A proxy between a service and its PostgreSQL that runs a fault after PostgreSQL has committed a
 * write and before the service receives the response.
 */
final class FaultInjectingProxy implements AutoCloseable {

  private static final Pattern TABLE =
      Pattern.compile(
          "\\b(?:insert into|update|delete from) (\\w*_\\w+)", Pattern.CASE_INSENSITIVE);

  private static final Pattern WRITES =
      Pattern.compile(
          "\\b(insert into|update (?!of )|delete from|merge into)\\b", Pattern.CASE_INSENSITIVE);

  private final ServerSocket server;
  private final URI database;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicInteger remaining = new AtomicInteger();
  private volatile Runnable fault = () -> {};
  private volatile String statement = "";

  FaultInjectingProxy(String databaseUrl) {
    try {
      database = URI.create(databaseUrl);
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(this::accept);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String databaseUrl() {
    return "postgres://%s@127.0.0.1:%d%s?sslmode=disable"
        .formatted(database.getRawUserInfo(), server.getLocalPort(), database.getRawPath());
  }

  /** Runs the fault at this write, counted from 1 from now on. */
  void injectAt(int write, Runnable action) {
    fault = action;
    remaining.set(write);
  }

  boolean hasInjected() {
    return !statement.isEmpty();
  }

  /** The tables to which the statement before the fault wrote. */
  String tables() {
    return TABLE
        .matcher(statement)
        .results()
        .map(table -> table.group(1))
        .distinct()
        .collect(joining(", "));
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Socket postgres = new Socket(database.getHost(), database.getPort());
        // Each message is a write of its own; without Nagle's algorithm none waits for an ACK.
        client.setTcpNoDelay(true);
        postgres.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(postgres);
        Requests requests = new Requests();
        Thread.ofVirtual().start(() -> forward(client, postgres, requests));
        Thread.ofVirtual().start(() -> backward(postgres, client, requests));
      }
    } catch (IOException e) {
      close();
    }
  }

  private static void forward(Socket client, Socket postgres, Requests requests) {
    try (client;
        postgres) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      DataOutputStream out = new DataOutputStream(postgres.getOutputStream());
      // The first message, and only that, has no type.
      byte[] startup = in.readNBytes(in.readInt() - 4);
      out.writeInt(startup.length + 4);
      out.write(startup);
      while (true) {
        int type = in.readUnsignedByte();
        byte[] content = in.readNBytes(in.readInt() - 4);
        requests.sent(type, content);
        send(out, type, content);
      }
    } catch (IOException e) {
      // One side closed the connection; the other is closed with it.
    }
  }

  private void backward(Socket postgres, Socket client, Requests requests) {
    try (client;
        postgres) {
      DataInputStream in = new DataInputStream(postgres.getInputStream());
      DataOutputStream out = new DataOutputStream(client.getOutputStream());
      String wrote = "";
      while (true) {
        int type = in.readUnsignedByte();
        byte[] content = in.readNBytes(in.readInt() - 4);
        if (type == 'C') {
          String tag = new String(content, 0, content.length - 1, StandardCharsets.US_ASCII);
          String written = requests.written(tag);
          wrote = written.isEmpty() ? wrote : written;
        } else if (type == 'Z') {
          requests.synced();
          if (!wrote.isEmpty() && content[0] == 'I') {
            if (remaining.getAndDecrement() == 1) {
              statement = wrote;
              fault.run();
              return;
            }
            wrote = "";
          }
        }
        send(out, type, content);
      }
    } catch (IOException e) {
      // One side closed the connection; the other is closed with it.
    }
  }

  private static void send(DataOutputStream out, int type, byte[] content) throws IOException {
    ByteBuffer message = ByteBuffer.allocate(content.length + 5);
    out.write(message.put((byte) type).putInt(content.length + 4).put(content).array());
    out.flush();
  }

  /**
   * The statements of one connection. One that writes in a {@code with} completes with {@code
   * SELECT}, so that the command tag alone does not say whether something was written.
   */
  private static final class Requests {

    private final Map<String, String> statements = new ConcurrentHashMap<>();
    private final Queue<String> executed = new ConcurrentLinkedQueue<>();
    private String bound = "";

    /** A message of the extended protocol, the only one that the driver uses. */
    void sent(int type, byte[] content) {
      String text = new String(content, StandardCharsets.UTF_8);
      switch (type) {
        case 'P' -> {
          String[] nameAndSql = text.split("\0", 3);
          statements.put(nameAndSql[0], nameAndSql[1]);
        }
        case 'B' -> bound = statements.getOrDefault(text.split("\0", 3)[1], "");
        case 'E' -> executed.add(bound);
        default -> {}
      }
    }

    /**
     * The statement that completed, if it wrote something; else empty.
     *
     * @param tag its command tag: {@code INSERT 0 1}, {@code UPDATE 0}, {@code SELECT 1}, {@code
     *     COMMIT}
     */
    String written(String tag) {
      @Nullable String sql = executed.poll();
      // Heartbeats happen at any time; with them the third write would differ from run to run.
      return sql != null
              && WRITES.matcher(sql).find()
              && !sql.contains("set last_heartbeat")
              && tag.matches("(INSERT 0|UPDATE|DELETE|MERGE|SELECT) [1-9]\\d*")
          ? sql
          : "";
    }

    /** After an error, PostgreSQL does not execute the statements up to the next Sync. */
    void synced() {
      executed.clear();
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
