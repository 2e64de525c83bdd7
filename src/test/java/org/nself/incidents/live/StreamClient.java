package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.testing.Api;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads Server-Sent Events as a browser does, that of the cursor for its id only. */
public final class StreamClient implements AutoCloseable {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A dispatched event; {@code id} is the last one received. */
  public record Message(String id, String event, String data) {
    public JsonNode json() {
      return JSON.readTree(data);
    }
  }

  private final HttpResponse<InputStream> response;
  private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
  private final List<String> comments = new CopyOnWriteArrayList<>();
  private volatile String lastId = "";
  private volatile @Nullable String retry;
  private volatile boolean ended;

  private StreamClient(HttpResponse<InputStream> response) {
    this.response = response;
    Thread.ofVirtual().start(this::read);
  }

  public static StreamClient get(Api api, String path) {
    return open(api, path, null);
  }

  /** A GraphQL operation, as graphql-sse sends it. */
  public static StreamClient graphql(Api api, String query, String variables) {
    return open(
        api,
        "/graphql",
        "{\"query\":" + JSON.writeValueAsString(query) + ",\"variables\":" + variables + "}");
  }

  private static StreamClient open(Api api, String path, @Nullable String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(api.url() + path)).header("Accept", "text/event-stream");
    api.headers().forEach(request::header);
    if (body != null) {
      request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
    }
    try {
      return new StreamClient(CLIENT.send(request.build(), BodyHandlers.ofInputStream()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void read() {
    String event = "message";
    StringBuilder data = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isEmpty()) {
          if (!event.equals("cursor") && (!data.isEmpty() || !event.equals("message"))) {
            messages.add(new Message(lastId, event, data.toString()));
          }
          event = "message";
          data.setLength(0);
        } else if (line.startsWith(":")) {
          comments.add(line);
        } else if (line.startsWith("id: ")) {
          lastId = line.substring(4);
        } else if (line.startsWith("event: ")) {
          event = line.substring(7);
        } else if (line.startsWith("retry: ")) {
          retry = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data.append(line, 6, line.length());
        }
      }
    } catch (IOException e) {
      comments.add("(broken off: " + e.getMessage() + ")");
    } finally {
      ended = true;
    }
  }

  public StreamClient expect(int status) {
    assertThat(response.statusCode()).as("status of the stream").isEqualTo(status);
    return this;
  }

  int status() {
    return response.statusCode();
  }

  String header(String name) {
    return response.headers().firstValue(name).orElse("");
  }

  public Message next() {
    @Nullable Message message = poll(10_000);
    if (message == null) {
      throw new AssertionError("No message came within 10 s; comments were " + comments);
    }
    return message;
  }

  /** The next message; null if none comes for so long. */
  public @Nullable Message poll(long millis) {
    try {
      return messages.poll(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * The id of the last message, also of the first one, which only tells where the stream starts.
   */
  public String lastId() {
    return lastId;
  }

  @Nullable String retry() {
    return retry;
  }

  List<String> comments() {
    return comments;
  }

  /** Whether the server has closed the stream, and all of it is read. */
  public boolean ended() {
    return ended;
  }

  @Override
  public void close() {
    try {
      response.body().close();
    } catch (IOException e) {
      comments.add("(did not close: " + e.getMessage() + ")");
    }
  }
}
