package org.nself.incidents.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many connections read by one thread. It looks for the time at which each event was recorded,
 * which is before its commit, and for nothing else, so that the client costs as little as can be.
 */
final class Watchers implements AutoCloseable {

  private static final byte[] REST = marker("\"recorded_at\":\"");
  private static final byte[] GRAPHQL = marker("\"recordedAt\":\"");
  private static final int TIME = "2026-01-01T00:00:00.000000Z".length();

  private final Selector selector = Selector.open();
  private final List<SocketChannel> channels = new ArrayList<>();
  private final AtomicLong received = new AtomicLong();
  private long[] micros = new long[1 << 16];
  private int measured;
  private volatile boolean measuring;
  private volatile boolean closed;
  private final Thread thread = Thread.ofPlatform().name("watchers").unstarted(this::read);

  Watchers() throws IOException {}

  private static byte[] marker(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** One connection: what it has of a marker or a time that the next read will complete. */
  private static final class Tail {
    private final byte[] bytes = new byte[64];
    private int length;
  }

  /**
   * Connects and sends.
   *
   * @param later what is sent once the first answer is there; empty for nothing
   */
  void connect(int port, byte[] request, byte[] later) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.write(ByteBuffer.wrap(request));
    ByteBuffer answer = ByteBuffer.allocate(1024);
    channel.read(answer);
    String head = new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
    if (!head.startsWith("HTTP/1.1 200") && !head.startsWith("HTTP/1.1 101")) {
      throw new IOException("Refused: " + head);
    }
    if (later.length > 0) {
      channel.write(ByteBuffer.wrap(later));
    }
    channel.configureBlocking(false);
    channels.add(channel);
  }

  void start() throws IOException {
    for (SocketChannel channel : channels) {
      channel.register(selector, SelectionKey.OP_READ, new Tail());
    }
    thread.start();
  }

  private void read() {
    ByteBuffer buffer = ByteBuffer.allocate(256 * 1024);
    try {
      while (!closed) {
        selector.select(100);
        for (SelectionKey key : selector.selectedKeys()) {
          Tail tail = (Tail) key.attachment();
          buffer.clear();
          buffer.put(tail.bytes, 0, tail.length);
          int read = ((SocketChannel) key.channel()).read(buffer);
          if (read < 0) {
            throw new IOException("The service closed a connection");
          }
          scan(buffer.array(), buffer.position(), tail);
        }
        selector.selectedKeys().clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void scan(byte[] bytes, int length, Tail tail) {
    long now = micros(Instant.now());
    int i = 0;
    int keepFrom = Math.max(0, length - REST.length + 1);
    while (i < length) {
      if (bytes[i] == '"') {
        int marker = matches(bytes, i, length, REST);
        if (marker == 0) {
          marker = matches(bytes, i, length, GRAPHQL);
        }
        if (marker > 0) {
          if (i + marker + TIME > length) {
            keepFrom = i;
            break;
          }
          took(now, new String(bytes, i + marker, TIME, StandardCharsets.US_ASCII));
          i += marker + TIME;
          keepFrom = Math.max(keepFrom, i);
          continue;
        }
      }
      i++;
    }
    tail.length = length - keepFrom;
    System.arraycopy(bytes, keepFrom, tail.bytes, 0, tail.length);
  }

  private static int matches(byte[] bytes, int at, int length, byte[] marker) {
    return at + marker.length <= length
            && Arrays.equals(bytes, at, at + marker.length, marker, 0, marker.length)
        ? marker.length
        : 0;
  }

  private void took(long now, String recorded) {
    received.incrementAndGet();
    if (measuring) {
      if (measured == micros.length) {
        micros = Arrays.copyOf(micros, micros.length * 2);
      }
      micros[measured++] = now - micros(Instant.parse(recorded));
    }
  }

  private static long micros(Instant instant) {
    return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
  }

  long received() {
    return received.get();
  }

  int size() {
    return channels.size();
  }

  void measure() {
    measuring = true;
  }

  /** Ends measuring and gives the times in microseconds, sorted. */
  long[] stop() throws IOException {
    close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    long[] sorted = Arrays.copyOf(micros, measured);
    Arrays.sort(sorted);
    return sorted;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    selector.wakeup();
    for (SocketChannel channel : channels) {
      channel.close();
    }
  }
}
