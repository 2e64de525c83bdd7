package org.nself.incidents.security.jwt;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Fetches the keys from a {@code jwk_url}.
 *
 * @param accepted the algorithms that tokens may use
 * @param timeout for the whole of it: whoever asks for a key waits no longer than this
 */
record JwkSetClient(URI url, Set<JwtAlgorithm> accepted, HttpClient client, Duration timeout) {

  /** Dozens of keys with their certificates stay far below this. */
  private static final int MAX_BYTES = 512 * 1024;

  /**
   * What came.
   *
   * @param headers of the response
   */
  record Fetched(List<JwtKey> keys, HttpHeaders headers) {}

  /**
   * @throws IOException where nothing that can be used came, saying why
   */
  Fetched fetch() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(url).header("Accept", "application/json").timeout(timeout).build();
    HttpResponse<byte[]> response = response(request);
    if (response.statusCode() != 200) {
      throw new IOException("the answer was status " + response.statusCode());
    }
    String json = new String(response.body(), StandardCharsets.UTF_8);
    try {
      return new Fetched(JwkSetParser.keys(json, accepted), response.headers());
    } catch (ParseException e) {
      throw new IOException("the answer was not a JWK Set", e);
    }
  }

  /** The request's own timeout ends with the headers; a body that drips must end too. */
  private HttpResponse<byte[]> response(HttpRequest request)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> response =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
    try {
      return response.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no answer came within " + timeout.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    } finally {
      // Ends the exchange where it has not ended by itself.
      response.cancel(true);
    }
  }

  /** Without user and query, which may hold a secret. */
  @Override
  public String toString() {
    String port = url.getPort() < 0 ? "" : ":" + url.getPort();
    return url.getScheme() + "://" + url.getHost() + port + url.getPath();
  }
}
