package org.nself.incidents.runbook.execution;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
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
 * Stands between a service and its PostgreSQL, and strikes at the moment in which PostgreSQL has
 * committed a write and the service has not heard of it.
 */
final class KillingLine implements AutoCloseable {

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
        Thread.ofVirtual().start(() -> forth(client, postgres));
        Thread.ofVirtual().start(() -> back(postgres, client));
      }
    } catch (IOException e) {
      close();
    }
  }

  private static void forth(Socket client, Socket postgres) {
    try (client;
        postgres) {
      client.getInputStream().transferTo(postgres.getOutputStream());
    } catch (IOException e) {
      // One side hung up; the other is closed with it.
    }
  }

  private void back(Socket postgres, Socket client) {
    try (client;
        postgres) {
      DataInputStream in = new DataInputStream(postgres.getInputStream());
      DataOutputStream out = new DataOutputStream(client.getOutputStream());
      boolean wrote = false;
      while (true) {
        int type = in.readUnsignedByte();
        byte[] content = in.readNBytes(in.readInt() - 4);
        if (type == 'C') {
          wrote |= isWrite(new String(content, 0, content.length - 1, StandardCharsets.US_ASCII));
        } else if (type == 'Z' && wrote && content[0] == 'I') {
          wrote = false;
          if (left.getAndDecrement() == 1) {
            struck = true;
            strike.run();
            return;
          }
        }
        out.writeByte(type);
        out.writeInt(content.length + 4);
        out.write(content);
        out.flush();
      }
    } catch (IOException e) {
      // One side hung up; the other is closed with it.
    }
  }

  /** Of what a statement did: {@code INSERT 0 1}, {@code UPDATE 0}, {@code COMMIT}. */
  private static boolean isWrite(String tag) {
    return tag.matches("(INSERT 0|UPDATE|DELETE|MERGE) [1-9]\\d*");
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
