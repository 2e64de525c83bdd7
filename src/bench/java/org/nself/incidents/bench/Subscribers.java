package org.nself.incidents.bench;

import java.io.ByteArrayOutputStream;
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
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/**
 * Many subscriptions, a connection each, read by one thread. It only looks for the time at which
 * each event was recorded, so that the client costs as little as possible.
 */
final class Subscribers implements AutoCloseable {

  private static final Pattern RECORDED =
      Pattern.compile("\"recorded(?:_a|A)t\":\"([0-9TZ:.-]{20,27})\"");

  /** The longest match of {@link #RECORDED}, which two reads may share. */
  private static final int LONGEST = 48;

  private final int port;
  private final Selector selector = Selector.open();
  private final List<SocketChannel> channels = new ArrayList<>();
  private final AtomicLong received = new AtomicLong();
  private final LongStream.Builder micros = LongStream.builder();
  private volatile boolean measuring;
  private volatile boolean closed;
  private final Thread thread = Thread.ofPlatform().name("subscribers").unstarted(this::read);

  Subscribers(int port) throws IOException {
    this.port = port;
  }

  /** Subscribes by server-sent events. */
  void stream(String path, String headers) throws IOException {
    connect("GET %s HTTP/1.1\r\nAccept: text/event-stream\r\n%s".formatted(path, headers));
  }

  /** Subscribes by graphql-transport-ws. */
  void socket(String query, String headers) throws IOException {
    SocketChannel channel =
        connect(
            "GET /graphql HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                + "Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
                + headers);
    channel.configureBlocking(true);
    channel.write(frame("{\"type\":\"connection_init\"}"));
    channel.write(
        frame("{\"type\":\"subscribe\",\"id\":\"a\",\"payload\":{\"query\":\"" + query + "\"}}"));
    channel.configureBlocking(false);
  }

  private SocketChannel connect(String request) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channels.add(channel);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.write(StandardCharsets.US_ASCII.encode(request + "Host: x\r\n\r\n"));
    ByteBuffer response = ByteBuffer.allocate(1024);
    channel.read(response);
    String head = StandardCharsets.UTF_8.decode(response.flip()).toString();
    if (!head.startsWith("HTTP/1.1 200") && !head.startsWith("HTTP/1.1 101")) {
      throw new IOException("Cannot subscribe: " + head);
    }
    channel.configureBlocking(false);
    return channel;
  }

  /** A text frame, masked with zeros (RFC 6455, section 5.2). */
  private static ByteBuffer frame(String message) {
    byte[] text = message.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x81);
    out.write(0x80 | (text.length < 126 ? text.length : 126));
    if (text.length >= 126) {
      out.write(text.length >> 8);
      out.write(text.length);
    }
    out.writeBytes(new byte[4]);
    out.writeBytes(text);
    return ByteBuffer.wrap(out.toByteArray());
  }

  /** Begins to read. */
  void start() throws IOException {
    for (SocketChannel channel : channels) {
      // What the last read left: the beginning of a match, perhaps.
      channel.register(selector, SelectionKey.OP_READ, "");
    }
    thread.start();
  }

  private void read() {
    ByteBuffer buffer = ByteBuffer.allocate(256 * 1024);
    try {
      while (!closed) {
        selector.select(100);
        for (SelectionKey key : selector.selectedKeys()) {
          buffer.clear();
          if (((SocketChannel) key.channel()).read(buffer) < 0) {
            throw new IOException("The service closed a connection");
          }
          String text =
              key.attachment() + StandardCharsets.ISO_8859_1.decode(buffer.flip()).toString();
          key.attach(text.substring(Math.max(count(text), text.length() - LONGEST)));
        }
        selector.selectedKeys().clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Counts the events in the text and returns where the last one ends. */
  private int count(String text) {
    Instant now = Instant.now();
    Matcher recorded = RECORDED.matcher(text);
    int end = 0;
    while (recorded.find()) {
      end = recorded.end();
      received.incrementAndGet();
      if (measuring) {
        micros.add(Instant.parse(recorded.group(1)).until(now, ChronoUnit.MICROS));
      }
    }
    return end;
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

  /** Stops reading and returns the times from recording to arrival. */
  Latencies stop() throws IOException, InterruptedException {
    close();
    thread.join(Duration.ofSeconds(10));
    return new Latencies(micros.build());
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
