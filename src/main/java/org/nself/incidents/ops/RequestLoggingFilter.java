package org.nself.incidents.ops;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.BuildInfo;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Assigns request ids, records metrics and logs one line per request: at level info for writes and
 * client errors, warn for server errors, debug for reads. All nself plug-ins have these metrics.
 */
final class RequestLoggingFilter extends OncePerRequestFilter {

  private static final Logger log = LoggerFactory.getLogger(RequestLoggingFilter.class);

  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:/=+-]{1,128}");

  /** W3C Trace Context: version, trace id, parent id, flags; more only after version 00. */
  private static final Pattern TRACEPARENT =
      Pattern.compile(
          "(?!ff)(?!00-.{52}-)[0-9a-f]{2}-(?<trace>(?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}"
              + "-[0-9a-f]{2}(-.*)?");

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private final MeterRegistry metrics;
  private final List<Tag> pluginTag = List.of(Tag.of("plugin", BuildInfo.NAME));
  private final AtomicInteger inFlight = new AtomicInteger();

  private record Endpoint(String route, String method) {}

  private record Outcome(String route, String method, int status) {}

  // The registry would build name and tags of each again for each request. Bounded: routes,
  // methods,
  // statuses and error codes are the service's own.
  private final Map<Endpoint, Timer> durations = new ConcurrentHashMap<>();
  private final Map<Outcome, Counter> requests = new ConcurrentHashMap<>();
  private final Map<String, Counter> errors = new ConcurrentHashMap<>();

  RequestLoggingFilter(MeterRegistry metrics) {
    this.metrics = metrics;
    Gauge.builder("nself_plugin_in_flight_requests", inFlight, AtomicInteger::get)
        .description("Requests in progress")
        .tags(pluginTag)
        .register(metrics);
  }

  /** How many requests are in progress. */
  int inFlight() {
    return inFlight.get();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String requestId = requestId(request.getHeader("X-Request-ID"));
    response.setHeader("X-Request-ID", requestId);
    MDC.put("request_id", requestId);
    @Nullable String trace = trace(request.getHeader("traceparent"));
    if (trace != null) {
      MDC.put("trace_id", trace);
    }
    inFlight.incrementAndGet();
    long start = System.nanoTime();
    try {
      chain.doFilter(request, response);
    } finally {
      try {
        record(request, response, System.nanoTime() - start);
      } finally {
        // Last, so that a reader who sees no request in flight sees all their metrics.
        inFlight.decrementAndGet();
        MDC.clear();
      }
    }
  }

  private void record(HttpServletRequest request, HttpServletResponse response, long nanos) {
    String method = METHODS.contains(request.getMethod()) ? request.getMethod() : "other";
    String route = route(request);
    int status = response.getStatus();
    durations
        .computeIfAbsent(new Endpoint(route, method), this::durationOf)
        .record(nanos, TimeUnit.NANOSECONDS);
    requests.computeIfAbsent(new Outcome(route, method, status), this::requestsOf).increment();
    @Nullable Object errorCode = request.getAttribute(ErrorResponseWriter.CODE_ATTRIBUTE);
    if (errorCode != null) {
      errors.computeIfAbsent(errorCode.toString(), this::errorsOf).increment();
    }
    log(request, method, route, status, nanos / 1_000_000.0);
  }

  private Timer durationOf(Endpoint endpoint) {
    return Timer.builder("nself_plugin_request_duration")
        .description("Time from the request's arrival to the end of its response")
        .tags(Tags.of(pluginTag).and("route", endpoint.route(), "method", endpoint.method()))
        .serviceLevelObjectives(
            Duration.ofMillis(1),
            Duration.ofMillis(5),
            Duration.ofMillis(20),
            Duration.ofMillis(100),
            Duration.ofMillis(500),
            Duration.ofSeconds(2),
            Duration.ofSeconds(10))
        .register(metrics);
  }

  private Counter requestsOf(Outcome outcome) {
    return Counter.builder("nself_plugin_requests")
        .description("Requests, by route, method and response status")
        .tags(
            Tags.of(pluginTag)
                .and("route", outcome.route(), "method", outcome.method())
                .and("status", String.valueOf(outcome.status())))
        .register(metrics);
  }

  private Counter errorsOf(String code) {
    return Counter.builder("nself_plugin_errors")
        .description("Errors reported to clients, by error code")
        .tags(Tags.of(pluginTag).and("kind", code))
        .register(metrics);
  }

  private static void log(
      HttpServletRequest request, String method, String route, int status, double millis) {
    boolean noteworthy =
        status >= 400
            || !(method.equals("GET") || method.equals("HEAD") || route.equals("/graphql"));
    if (noteworthy ? log.isInfoEnabled() : log.isDebugEnabled()) {
      log.atLevel(
              status >= 500
                  ? org.slf4j.event.Level.WARN
                  : noteworthy ? org.slf4j.event.Level.INFO : org.slf4j.event.Level.DEBUG)
          .addKeyValue("method", method)
          .addKeyValue("route", route)
          .addKeyValue("path", request.getRequestURI())
          .addKeyValue("status", status)
          .addKeyValue("duration_ms", Math.round(millis * 1000) / 1000.0)
          .log("{} {} {}", method, route, status);
    }
  }

  /** The handler's pattern, not the path, which would create a time series per id. */
  private static String route(HttpServletRequest request) {
    @Nullable Object pattern = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
    if (pattern != null) {
      return pattern.toString().equals("/**") ? "none" : pattern.toString();
    }
    return "none";
  }

  private static String requestId(@Nullable String given) {
    return given != null && REQUEST_ID.matcher(given).matches()
        ? given
        : UUID.randomUUID().toString();
  }

  private static @Nullable String trace(@Nullable String traceparent) {
    if (traceparent == null) {
      return null;
    }
    var matcher = TRACEPARENT.matcher(traceparent);
    return matcher.matches() ? matcher.group("trace") : null;
  }
}
