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
 * Sends requests to servers that others name. A name is looked up once for each request, what it
 * stands for is checked, and that, not the name, is connected to. Knows no proxies, cookies or
 * credentials but those in the headers given, and repeats nothing.
 */
public final class OutboundHttp implements AutoCloseable {

  private static final int MAX_REDIRECTS = 3;
  private static final int MAX_REASON = 120;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

  private final DestinationPolicy policy;
  private final DnsResolver names;
  private final Supplier<SSLSocketFactory> tls;

  /**
   * @param tls asked for when the first request wants it: reading the certificates that are trusted
   *     takes a while
   */
  OutboundHttp(
      DestinationPolicy policy, DnsResolver.Resolver resolver, Supplier<SSLSocketFactory> tls) {
    this.policy = policy;
    this.names = new DnsResolver(resolver);
    this.tls = tls;
  }

  /**
   * Sends it. GET and HEAD follow up to three redirects, each checked as the first URL was; the
   * headers given stay with their origin.
   *
   * @return the answer, whatever its status
   * @throws OutboundFailure where there is none; {@link Kind} says what is certain then
   */
  public OutboundResponse send(OutboundRequest call) throws OutboundFailure {
    return send(call, () -> true);
  }

  /**
   * As {@link #send(OutboundRequest)}, where that may become unwanted while the server is being
   * reached.
   *
   * @param wanted asked once there is a connection, before the first byte of a request
   */
  public OutboundResponse send(OutboundRequest call, BooleanSupplier wanted)
      throws OutboundFailure {
    if (!METHODS.contains(call.method())) {
      throw new OutboundFailure(Kind.BLOCKED, "The method is none that may be sent");
    }
    RequestHeaders.check(call.headers());
    Destination target = Destination.parse(call.url());
    CallState attempt = new CallState(wanted);
    long start = System.nanoTime();
    FutureTask<HttpExchange.Result> task = new FutureTask<>(() -> follow(call, target, attempt));
    // A thread to be left behind: whatever it hangs in, the caller goes on in time.
    Thread thread = Thread.ofVirtual().name("outbound").start(task);
    try {
      HttpExchange.Result result = task.get(call.timeout().toNanos(), TimeUnit.NANOSECONDS);
      return new OutboundResponse(
          result.status(),
          result.headers(),
          result.body().text(),
          result.body().truncated(),
          Duration.ofNanos(System.nanoTime() - start));
    } catch (TimeoutException e) {
      boolean sent = attempt.giveUp();
      thread.interrupt();
      throw sent
          ? new OutboundFailure(
              Kind.TIMED_OUT, target + " did not answer within " + inWords(call.timeout()))
          : new OutboundFailure(
              Kind.NOT_SENT, target + " was not reached within " + inWords(call.timeout()));
    } catch (InterruptedException e) {
      boolean sent = attempt.giveUp();
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new OutboundFailure(
          sent ? Kind.CONNECTION_LOST : Kind.NOT_SENT, "The call to " + target + " was given up");
    } catch (ExecutionException e) {
      throw failure(e.getCause(), target, attempt.wasSent());
    }
  }

  private static String inWords(Duration timeout) {
    return timeout.toMillis() % 1_000 == 0
        ? timeout.toSeconds() + " s"
        : timeout.toMillis() + " ms";
  }

  private HttpExchange.Result follow(OutboundRequest call, Destination first, CallState attempt)
      throws OutboundFailure, IOException, HttpException, InterruptedException {
    HttpExchange exchange = new HttpExchange(attempt, tls);
    Destination target = first;
    Map<String, String> headers = call.headers();
    boolean reads = call.method().equals("GET") || call.method().equals("HEAD");
    for (int redirects = 0; ; redirects++) {
      InetAddress[] addresses = names.addresses(target.name());
      policy.check(target, addresses);
      HttpExchange.Result result =
          exchange.send(target, addresses, call.method(), headers, HttpExchange.bytes(call.body()));
      @Nullable String location = result.headers().get("location");
      if (!reads || location == null || !REDIRECTS.contains(result.status())) {
        return result;
      }
      if (redirects == MAX_REDIRECTS) {
        throw new OutboundFailure(
            Kind.CONNECTION_LOST,
            "%s redirects more than %d times".formatted(first, MAX_REDIRECTS));
      }
      Destination next = target.redirectedTo(location);
      if (!next.sameOriginAs(target)) {
        headers = Map.of();
      }
      target = next;
    }
  }

  private static OutboundFailure failure(
      @Nullable Throwable thrown, Destination target, boolean wasSent) {
    if (thrown instanceof OutboundFailure failure) {
      return failure;
    }
    Kind kind = wasSent ? Kind.CONNECTION_LOST : Kind.NOT_SENT;
    return switch (thrown) {
      case UnknownHostException e ->
          new OutboundFailure(kind, "The name %s is unknown".formatted(e.getMessage()));
      case SSLException e ->
          new OutboundFailure(kind, "TLS with %s failed: %s".formatted(target, reason(e)));
      case IOException e when wasSent ->
          new OutboundFailure(kind, "The answer of %s broke: %s".formatted(target, reason(e)));
      case IOException e ->
          new OutboundFailure(kind, "%s cannot be reached: %s".formatted(target, reason(e)));
      case HttpException e ->
          new OutboundFailure(
              kind, "What %s answered is not HTTP: %s".formatted(target, reason(e)));
      case null, default ->
          throw new IllegalStateException("A call failed in a way that was not foreseen", thrown);
    };
  }

  /** What servers send can be quoted in it. */
  private static String reason(Exception e) {
    String message = String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}", " ");
    return message.length() > MAX_REASON ? message.substring(0, MAX_REASON) : message;
  }

  @Override
  public void close() {
    names.close();
  }
}
