package org.nself.incidents.runbook.execution;

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

/**
 * Stands between a service and its PostgreSQL, and strikes at the moment in which PostgreSQL has
 * committed a write and the service has not heard of it.
 */
final class KillingLine implements AutoCloseable {

  private static final Pattern WRITES =
      Pattern.compile(
          "\\b(insert into|update (?!of )|delete from|merge into)\\b", Pattern.CASE_INSENSITIVE);

  private final ServerSocket server;
  private final URI database;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicInteger left = new AtomicInteger();
  private volatile Runnable strike = () -> {};
  private volatile boolean struck;

  KillingLine(String databaseUrl) {
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

  /** Strikes at the so-manieth write from now on. */
  void strikeAt(int write, Runnable blow) {
    strike = blow;
    left.set(write);
  }

  boolean hasStruck() {
    return struck;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Socket postgres = new Socket(database.getHost(), database.getPort());
        sockets.add(client);
        sockets.add(postgres);
        Requests requests = new Requests();
        Thread.ofVirtual().start(() -> forth(client, postgres, requests));
        Thread.ofVirtual().start(() -> back(postgres, client, requests));
      }
    } catch (IOException e) {
      close();
    }
  }

  private static void forth(Socket client, Socket postgres, Requests requests) {
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
      // One side hung up; the other is closed with it.
    }
  }

  private void back(Socket postgres, Socket client, Requests requests) {
    try (client;
        postgres) {
      DataInputStream in = new DataInputStream(postgres.getInputStream());
      DataOutputStream out = new DataOutputStream(client.getOutputStream());
      boolean wrote = false;
      while (true) {
        int type = in.readUnsignedByte();
        byte[] content = in.readNBytes(in.readInt() - 4);
        if (type == 'C') {
          String tag = new String(content, 0, content.length - 1, StandardCharsets.US_ASCII);
          wrote |= requests.isWrite(tag);
        } else if (type == 'Z') {
          requests.answered();
          if (wrote && content[0] == 'I') {
            wrote = false;
            if (left.getAndDecrement() == 1) {
              struck = true;
              strike.run();
              return;
            }
          }
        }
        send(out, type, content);
      }
    } catch (IOException e) {
      // One side hung up; the other is closed with it.
    }
  }

  private static void send(DataOutputStream out, int type, byte[] content) throws IOException {
    ByteBuffer message = ByteBuffer.allocate(content.length + 5);
    out.write(message.put((byte) type).putInt(content.length + 4).put(content).array());
    out.flush();
  }

  /**
   * What one connection has asked for. A statement that writes in a {@code with} answers {@code
   * SELECT}, so that the answer alone does not say whether something was written.
   */
  private static final class Requests {

    private final Map<String, Boolean> writing = new ConcurrentHashMap<>();
    private final Queue<Boolean> executed = new ConcurrentLinkedQueue<>();
    private boolean bound;

    /** A message of the extended protocol, the only one that the driver speaks. */
    void sent(int type, byte[] content) {
      String text = new String(content, StandardCharsets.UTF_8);
      switch (type) {
        case 'P' -> {
          String[] nameAndSql = text.split("\0", 3);
          writing.put(nameAndSql[0], WRITES.matcher(nameAndSql[1]).find());
        }
        case 'B' -> bound = writing.getOrDefault(text.split("\0", 3)[1], false);
        case 'E' -> executed.add(bound);
        default -> {}
      }
    }

    /**
     * @param tag what the next of the statements did: {@code INSERT 0 1}, {@code UPDATE 0}, {@code
     *     SELECT 1}, {@code COMMIT}
     */
    boolean isWrite(String tag) {
      boolean writes = Boolean.TRUE.equals(executed.poll());
      return writes && tag.matches("(INSERT 0|UPDATE|DELETE|MERGE|SELECT) [1-9]\\d*");
    }

    /** After an error, statements that had been sent are not executed. */
    void answered() {
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
