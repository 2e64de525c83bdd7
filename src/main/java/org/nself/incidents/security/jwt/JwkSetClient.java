package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.JSONObjectUtils;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the JWK Set of a {@code jwk_url}.
 *
 * @param accepted the algorithms that tokens may use
 * @param timeout of the whole exchange, body included
 */
record JwkSetClient(URI url, Set<JWSAlgorithm> accepted, HttpClient client, Duration timeout) {

  private static final Logger log = LoggerFactory.getLogger(JwkSetClient.class);

  /** Dozens of keys with their certificates are far smaller. */
  private static final int MAX_BYTES = 512 * 1024;

  /**
   * @param headers of the response
   */
  record Response(List<JwtKey> keys, HttpHeaders headers) {}

  /**
   * @throws IOException if the response is not a JWK Set, or there is none
   */
  Response fetch() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(url).header("Accept", "application/json").timeout(timeout).build();
    HttpResponse<byte[]> response = send(request);
    if (response.statusCode() != 200) {
      throw new IOException("status " + response.statusCode());
    }
    try {
      return new Response(
          keys(new String(response.body(), StandardCharsets.UTF_8)), response.headers());
    } catch (ParseException e) {
      throw new IOException("the response is not a JWK Set", e);
    }
  }

  /** The timeout of the request ends with the headers; this one covers a slow body too. */
  private HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> response =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
    try {
      return response.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no response within " + timeout.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    } finally {
      // Aborts the exchange if it has not ended.
      response.cancel(true);
    }
  }

  /**
   * The keys that verify one of the accepted algorithms. A key for encryption, of another algorithm
   * or type, or malformed is skipped, as RFC 7517 (section 5) asks; {@code JWKSet.parse} would
   * refuse the whole set for one malformed key. A symmetric key is skipped too: a secret that is
   * published is none.
   */
  private List<JwtKey> keys(String json) throws ParseException {
    Map<String, Object> @Nullable [] entries =
        JSONObjectUtils.getJSONObjectArray(JSONObjectUtils.parse(json), "keys");
    if (entries == null) {
      throw new ParseException("The member keys is missing", 0);
    }
    List<JwtKey> keys = new ArrayList<>();
    for (Map<String, Object> entry : entries) {
      try {
        keys.add(JwtKey.of(JWK.parse(entry), accepted));
      } catch (ParseException
          | JOSEException
          | IllegalArgumentException
          | IllegalStateException e) {
        log.debug("Skipping key {} of the JWK Set: {}", entry.get("kid"), e.getMessage());
      }
    }
    return List.copyOf(keys);
  }

  /** Without user and query, which may hold a secret. */
  @Override
  public String toString() {
    String port = url.getPort() < 0 ? "" : ":" + url.getPort();
    return url.getScheme() + "://" + url.getHost() + port + url.getPath();
  }
}
