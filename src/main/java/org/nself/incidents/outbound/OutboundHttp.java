package org.nself.incidents.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import org.apache.hc.core5.http.HttpException;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.outbound.OutboundFailure.Kind;

/**
 * Sends requests to URLs from user input, protected against server-side request forgery. A host
 * name is resolved once for each request, its addresses are checked, and the connection goes to a
 * checked address. Uses no proxy, no cookies, and no credentials except the given headers; never
 * retries.
 */
public final class OutboundHttp implements AutoCloseable {

  private static final int MAX_REDIRECTS = 3;
  private static final int MAX_REASON_LENGTH = 120;
  private static final Set<Integer> REDIRECT_STATUSES = Set.of(301, 302, 303, 307, 308);
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

  private final DestinationPolicy policy;
  private final DnsResolver dns;
  private final Supplier<SSLSocketFactory> tls;

  /**
   * @param tls called for each HTTPS request and not before, because loading the trusted
   *     certificates takes a while
   */
  OutboundHttp(
      DestinationPolicy policy, DnsResolver.Resolver resolver, Supplier<SSLSocketFactory> tls) {
    this.policy = policy;
    this.dns = new DnsResolver(resolver);
    this.tls = tls;
  }

  /**
   * Whether a URL leads to one of these hosts, each a name or {@code name:port} in lower case.
   *
   * @throws OutboundFailure of kind BLOCKED, if the URL is not valid or not allowed
   */
  public static boolean leadsTo(String url, Set<String> hosts) throws OutboundFailure {
    return DestinationPolicy.isListed(Destination.parse(url), hosts);
  }

  /** The host in a URL; null where it has none. */
  public static @Nullable String hostOf(String url) {
    try {
      return Destination.parse(url).toString();
    } catch (OutboundFailure e) {
      return null;
    }
  }

  /**
   * Sends a request. GET and HEAD follow up to three redirects, each checked as the first URL is;
   * the headers are not sent to another origin.
   *
   * @return the response, with any status
   * @throws OutboundFailure if there is no response; see {@link Kind}
   */
  public OutboundResponse send(OutboundRequest request) throws OutboundFailure {
    return send(request, () -> true);
  }

  /**
   * As {@link #send(OutboundRequest)}, for a request that can be cancelled while the connection is
   * established.
   *
   * @param stillWanted called after the connection is established, before the first byte is sent
   */
  public OutboundResponse send(OutboundRequest request, BooleanSupplier stillWanted)
      throws OutboundFailure {
    if (!METHODS.contains(request.method())) {
      throw new OutboundFailure(
          Kind.BLOCKED, "The method is not one of GET, HEAD, POST, PUT, PATCH and DELETE");
    }
    RequestHeaderValidator.check(request.headers());
    Destination destination = Destination.parse(request.url(), request.shownHost());
    CallState state = new CallState(stillWanted);
    long start = System.nanoTime();
    FutureTask<HttpExchange.ReceivedResponse> task =
        new FutureTask<>(() -> followRedirects(request, destination, state));
    // On a thread of its own, so that the caller returns in time whatever blocks the thread.
    Thread thread = Thread.ofVirtual().name("outbound").start(task);
    try {
      HttpExchange.ReceivedResponse result =
          task.get(request.timeout().toNanos(), TimeUnit.NANOSECONDS);
      return new OutboundResponse(
          result.status(),
          result.headers(),
          result.body().text(),
          result.body().truncated(),
          Duration.ofNanos(System.nanoTime() - start));
    } catch (TimeoutException e) {
      boolean sent = state.abort();
      thread.interrupt();
      throw sent
          ? new OutboundFailure(
              Kind.TIMED_OUT, destination + " did not respond within " + format(request.timeout()))
          : new OutboundFailure(
              Kind.NOT_SENT,
              "No connection to " + destination + " within " + format(request.timeout()));
    } catch (InterruptedException e) {
      boolean sent = state.abort();
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new OutboundFailure(
          sent ? Kind.CONNECTION_LOST : Kind.NOT_SENT,
          "The request to " + destination + " was interrupted");
    } catch (ExecutionException e) {
      throw failure(e.getCause(), destination, state.wasSent());
    }
  }

  private static String format(Duration timeout) {
    return timeout.toMillis() % 1_000 == 0
        ? timeout.toSeconds() + " s"
        : timeout.toMillis() + " ms";
  }

  private HttpExchange.ReceivedResponse followRedirects(
      OutboundRequest request, Destination first, CallState state)
      throws OutboundFailure, IOException, HttpException, InterruptedException {
    HttpExchange exchange = new HttpExchange(state, tls);
    Destination destination = first;
    Map<String, String> headers = request.headers();
    boolean followsRedirects = request.method().equals("GET") || request.method().equals("HEAD");
    for (int redirects = 0; ; redirects++) {
      InetAddress[] addresses = dns.resolve(request.account(), destination.hostName());
      policy.check(destination, addresses);
      HttpExchange.ReceivedResponse result =
          exchange.send(
              destination, addresses, request.method(), headers, HttpExchange.utf8(request.body()));
      @Nullable String location = result.headers().get("location");
      if (!followsRedirects || location == null || !REDIRECT_STATUSES.contains(result.status())) {
        return result;
      }
      if (redirects == MAX_REDIRECTS) {
        throw new OutboundFailure(
            Kind.CONNECTION_LOST,
            "%s redirects more than %d times".formatted(first, MAX_REDIRECTS));
      }
      Destination next = destination.redirect(location);
      if (!next.sameOriginAs(destination)) {
        headers = Map.of();
      }
      destination = next;
    }
  }

  private static OutboundFailure failure(
      @Nullable Throwable thrown, Destination destination, boolean wasSent) {
    if (thrown instanceof OutboundFailure failure) {
      return failure;
    }
    Kind kind = wasSent ? Kind.CONNECTION_LOST : Kind.NOT_SENT;
    return switch (thrown) {
      case UnknownHostException e ->
          new OutboundFailure(
              kind,
              destination.redact("The host name %s cannot be resolved".formatted(e.getMessage())));
      case SSLException e ->
          new OutboundFailure(
              kind, "TLS with %s failed: %s".formatted(destination, destination.redact(reason(e))));
      case IOException e when wasSent ->
          new OutboundFailure(
              kind,
              "The response of %s is incomplete or invalid: %s"
                  .formatted(destination, destination.redact(reason(e))));
      case IOException e ->
          new OutboundFailure(
              kind,
              "Connecting to %s failed: %s".formatted(destination, destination.redact(reason(e))));
      case HttpException e ->
          new OutboundFailure(
              kind,
              "The response of %s is not valid HTTP: %s"
                  .formatted(destination, destination.redact(reason(e))));
      case null, default ->
          throw new IllegalStateException("An outbound request failed unexpectedly", thrown);
    };
  }

  /** The message of the exception, which can quote what the server sent. */
  private static String reason(Exception e) {
    String message = String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}", " ");
    return message.length() > MAX_REASON_LENGTH ? message.substring(0, MAX_REASON_LENGTH) : message;
  }

  @Override
  public void close() {
    dns.close();
  }
}
