package org.nself.incidents.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An HTTP client of the service.
 *
 * @param headers sent with every request
 */
public record Api(String url, Map<String, String> headers) {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * A response.
   *
   * @param body as JSON; a missing node if the body is empty or not JSON
   */
  public record Response(int status, Map<String, String> headers, String text, JsonNode body) {

    /** A header's value; null where it is absent. */
    public @Nullable String header(String name) {
      return headers.get(name.toLowerCase(java.util.Locale.ROOT));
    }

    public Response expect(int expected) {
      assertThat(status).as("status of the response: %s", text).isEqualTo(expected);
      return this;
    }

    /** A member by JSON pointer without the first slash, such as {@code errors/0/field}. */
    public JsonNode at(String path) {
      return body.at("/" + path);
    }

    public String text(String path) {
      return at(path).asString();
    }
  }

  /** The same caller with one more header. */
  public Api header(String name, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(name, value);
    return new Api(url, more);
  }

  public Response get(String path) {
    return send("GET", path, null, null);
  }

  public Response post(String path, String json) {
    return send("POST", path, json.getBytes(StandardCharsets.UTF_8), "application/json");
  }

  public Response patch(String path, String json) {
    return send("PATCH", path, json.getBytes(StandardCharsets.UTF_8), "application/json");
  }

  public Response delete(String path) {
    return send("DELETE", path, null, null);
  }

  /** Sends a request, and compares the response with the document of the API. */
  public Response send(
      String method, String path, byte @Nullable [] body, @Nullable String contentType) {
    Response received = sendUnchecked(method, path, body, contentType);
    OpenApiContract.read().check(method, path, received);
    return received;
  }

  /**
   * As {@link #send}, also to another version of the service. Disconnects from an event stream,
   * which may not end; the text is then empty.
   */
  public Response sendUnchecked(
      String method, String path, byte @Nullable [] body, @Nullable String contentType) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    headers.forEach(request::header);
    if (contentType != null) {
      request.header("Content-Type", contentType);
    }
    try {
      HttpResponse<InputStream> response =
          CLIENT.send(request.build(), BodyHandlers.ofInputStream());
      Map<String, String> answered = new HashMap<>();
      response.headers().map().forEach((name, values) -> answered.put(name, values.getFirst()));
      String type = response.headers().firstValue("Content-Type").orElse("");
      String text = text(response.body(), type);
      return new Response(response.statusCode(), answered, text, json(text, type));
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String text(InputStream body, String type) throws IOException {
    try (body) {
      return type.startsWith("text/event-stream")
          ? ""
          : new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static JsonNode json(String text, String type) {
    return type.contains("json") && !text.isEmpty() ? JSON.readTree(text) : JSON.missingNode();
  }

  /** Sends a GraphQL request; variables are given as JSON. */
  public Response graphql(String query, String variables) {
    return post(
        "/graphql",
        "{\"query\":" + JSON.writeValueAsString(query) + ",\"variables\":" + variables + "}");
  }

  /** The {@code data} of a GraphQL request that must succeed. */
  public JsonNode data(String query, String variables) {
    Response response = graphql(query, variables).expect(200);
    assertThat(response.body().has("errors")).as("errors in %s", response.text()).isFalse();
    return response.at("data");
  }

  public JsonNode data(String query) {
    return data(query, "{}");
  }

  /** The first error of a GraphQL request that must fail with empty data. */
  public JsonNode error(String query, String variables) {
    Response response = graphql(query, variables);
    assertThat(response.body().has("errors")).as("errors in %s", response.text()).isTrue();
    response
        .at("data")
        .properties()
        .forEach(field -> assertThat(field.getValue().isNull()).as(response.text()).isTrue());
    return response.at("errors/0");
  }

  /** Opens an incident and returns its id. */
  public String open(String title) {
    return post("/api/v1/incidents", "{\"title\":" + JSON.writeValueAsString(title) + "}")
        .expect(201)
        .text("id");
  }
}
