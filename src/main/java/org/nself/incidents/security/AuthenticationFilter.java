package org.nself.incidents.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.TrustedProxies;
import org.nself.incidents.web.InboundBudget;
import org.nself.incidents.web.connection.ClientConnection;
import org.nself.incidents.web.cors.AllowedOrigins;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.nself.incidents.web.response.ResponseBudgets;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.slf4j.MDC;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Rejects requests without valid credentials, except for a few public paths that expose no account.
 * New paths are protected unless listed.
 */
public final class AuthenticationFilter extends OncePerRequestFilter {

  /** The request attribute with the client's address, a String, by which it is limited. */
  public static final String ADDRESS_ATTRIBUTE = "nself.address";

  /**
   * The request attribute with the {@link ApiException} that says why the cookie of a WebSocket is
   * not accepted; absent where it is, or where there is none.
   */
  public static final String REFUSAL_ATTRIBUTE = "nself.refusal";

  private static final Set<String> PUBLIC_PATHS =
      Set.of("/metrics", "/openapi.json", "/openapi.yaml");

  /** Small responses that orchestrators decide by. */
  private static final Set<String> PROBES = Set.of("/health", "/ready");

  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

  /** Of {@code enctype}; a page may send no others to another origin without a preflight. */
  private static final Set<String> FORM_TYPES =
      Set.of("application/x-www-form-urlencoded", "multipart/form-data", "text/plain");

  /** Headers by which clients show that a request is no link of another page. */
  private static final List<String> PREFLIGHT_HEADERS =
      List.of(
          "Apollo-Require-Preflight",
          "X-Apollo-Operation-Name",
          "GraphQL-Require-Preflight",
          "X-Requested-With");

  private final Authenticator authenticator;
  private final TrustedProxies proxies;
  private final AllowedOrigins allowedOrigins;
  private final UnknownCallerLimiter unknownCallers;
  private final InboundBudget inbound;
  private final ErrorResponseWriter errorWriter;
  private final ResponseBudgets budgets;

  AuthenticationFilter(
      Authenticator authenticator,
      TrustedProxies proxies,
      AllowedOrigins allowedOrigins,
      UnknownCallerLimiter unknownCallers,
      InboundBudget inbound,
      ErrorResponseWriter errorWriter,
      ResponseBudgets budgets) {
    this.budgets = budgets;
    this.authenticator = authenticator;
    this.proxies = proxies;
    this.allowedOrigins = allowedOrigins;
    this.unknownCallers = unknownCallers;
    this.inbound = inbound;
    this.errorWriter = errorWriter;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return PROBES.contains(request.getRequestURI());
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String address = address(request);
    request.setAttribute(ADDRESS_ATTRIBUTE, address);
    if (PUBLIC_PATHS.contains(request.getRequestURI())) {
      servePublic(request, response, chain, address);
      return;
    }
    @Nullable Caller caller;
    try {
      caller = caller(request, address);
      rejectFormContent(request);
    } catch (ApiException e) {
      if (!mayAuthenticateLater(request, e)) {
        refuse(request, response, e, address);
        return;
      }
      caller = null;
    }
    if (caller == null) {
      openUnknown(request, response, chain, address);
      return;
    }
    request.setAttribute(Caller.ATTRIBUTE, caller);
    MDC.put("account", caller.account());
    @Nullable ClientConnection connection = ClientConnection.of(request);
    if (connection != null) {
      connection.setKnown();
    }
    try (InboundBudget.Share share = inbound.open(caller.account());
        ResponseSizeBudget budget = budgets.of(caller.account(), request)) {
      request.setAttribute(InboundBudget.SHARE_ATTRIBUTE, share);
      request.setAttribute(ResponseSizeBudget.ATTRIBUTE, budget);
      try {
        share.take(InboundBudget.REQUEST_BYTES);
        budget.awaitRoom();
      } catch (ApiException noRoom) {
        errorWriter.write(request, response, noRoom);
        return;
      }
      chain.doFilter(request, response);
    }
  }

  /** A WebSocket that is yet to authenticate; it is counted once it is open. */
  private void openUnknown(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain, String address)
      throws ServletException, IOException {
    try {
      unknownCallers.requireRoom(address);
    } catch (ApiException e) {
      errorWriter.write(request, response, e);
      return;
    }
    chain.doFilter(request, response);
  }

  private void servePublic(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain, String address)
      throws ServletException, IOException {
    UnknownCallerLimiter.Slot slot;
    try {
      slot = unknownCallers.acquire(address);
    } catch (ApiException e) {
      errorWriter.write(request, response, e);
      return;
    }
    try (slot) {
      chain.doFilter(request, response);
    }
  }

  private String address(HttpServletRequest request) {
    List<String> forwarded = Collections.list(request.getHeaders("X-Forwarded-For"));
    return proxies.client(
        request.getRemoteAddr(), forwarded.isEmpty() ? null : String.join(",", forwarded));
  }

  /** Null for a WebSocket that has to send other credentials than its cookie. */
  private @Nullable Caller caller(HttpServletRequest request, String address) {
    Authentication authentication =
        authenticator.authenticate(name -> singleHeader(request, name), address);
    Caller caller = authentication.caller();
    if (!authentication.ambient() || isTrustedOrigin(request)) {
      return caller;
    }
    if (isVerification(request)) {
      return verified(request, caller);
    }
    if (isWebSocket(request)) {
      // A page of another origin may still send credentials of its own in connection_init.
      request.setAttribute(REFUSAL_ATTRIBUTE, foreignOrigin());
      return null;
    }
    if (!SAFE_METHODS.contains(request.getMethod())) {
      throw foreignOrigin();
    }
    if (request.getRequestURI().equals("/graphql")) {
      requireDeliberateQuery(request);
    }
    return caller;
  }

  private boolean isTrustedOrigin(HttpServletRequest request) {
    return RequestOrigin.isOurs(request) || allowedOrigins.nameOriginOf(request);
  }

  /**
   * Refuses a query by GET that any page can cause with a link or an image. The page could not read
   * the response, but measure how long it takes.
   */
  private static void requireDeliberateQuery(HttpServletRequest request) {
    boolean byAnotherPage =
        request.getHeader("Sec-Fetch-Site") != null || request.getHeader("Origin") != null;
    boolean deliberate =
        PREFLIGHT_HEADERS.stream().anyMatch(name -> request.getHeader(name) != null)
            || Collections.list(request.getHeaders("Accept")).stream()
                .anyMatch(accept -> accept.contains("json") || accept.contains("event-stream"));
    if (byAnotherPage || !deliberate) {
      throw ApiException.forbidden(
          "A cookie may query with GET only from a page of this origin, or with an Accept or a"
              + " header that a link cannot send, such as Apollo-Require-Preflight");
    }
  }

  /**
   * A caller with a cookie, for whom a gateway requests verification. The gateway sends the method
   * of the request that it will forward; without it (an older nginx file) the caller may only read.
   * It also sends the path, by which a query by GET is recognised.
   */
  private static Caller verified(HttpServletRequest request, Caller caller) {
    @Nullable String method = request.getHeader("X-Forwarded-Method");
    if (method == null) {
      return new Caller(caller.account(), Role.VIEWER, caller.actor(), caller.validUntil());
    }
    if (!SAFE_METHODS.contains(method) || request.getHeader("X-Forwarded-Upgrade") != null) {
      throw foreignOrigin();
    }
    @Nullable String uri = request.getHeader("X-Forwarded-Uri");
    if (uri != null && mayBeGraphQl(uri)) {
      requireDeliberateQuery(request);
    }
    return caller;
  }

  /**
   * Whether the gateway could forward the request to /graphql. It may send the path as the client
   * did: below a prefix, percent-encoded, with dots or doubled slashes.
   */
  private static boolean mayBeGraphQl(String uri) {
    String path = uri.replaceFirst("[?#].*", "");
    try {
      return URLDecoder.decode(path, StandardCharsets.UTF_8).contains("/graphql");
    } catch (IllegalArgumentException e) {
      return true;
    }
  }

  private static ApiException foreignOrigin() {
    return ApiException.forbidden(
        "A cookie may write only from a page of this origin: send Sec-Fetch-Site: same-origin or"
            + " an Origin that is this host");
  }

  /**
   * Refuses what a form of any page can send without asking. No route reads it, but some read an
   * empty body too.
   */
  private static void rejectFormContent(HttpServletRequest request) {
    @Nullable String type = request.getContentType();
    if (type == null || SAFE_METHODS.contains(request.getMethod())) {
      return;
    }
    String essence = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (FORM_TYPES.contains(essence)) {
      throw ApiException.of(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE,
          "The Content-Type %s is not read here; send application/json".formatted(essence));
    }
  }

  private void refuse(
      HttpServletRequest request, HttpServletResponse response, ApiException error, String address)
      throws IOException {
    if (error.code() == ErrorCode.RATE_LIMITED) {
      if (isVerification(request)) {
        // nginx takes nothing else for a refusal, and then lets the service answer.
        errorWriter.write(request, response, ApiException.unauthenticated(error.detail()));
        return;
      }
      response.setIntHeader("Retry-After", authenticator.retryAfterSeconds(address));
    }
    errorWriter.write(request, response, error);
  }

  private static boolean isVerification(HttpServletRequest request) {
    return request.getRequestURI().equals("/auth/verify");
  }

  private static boolean isWebSocket(HttpServletRequest request) {
    return request.getRequestURI().equals("/graphql")
        && request.getMethod().equals("GET")
        && "websocket".equalsIgnoreCase(request.getHeader("Upgrade"));
  }

  /**
   * Whether the request opens a WebSocket without credentials. A browser cannot set headers of a
   * WebSocket; it sends credentials in its first message, before which it gets nothing. Credentials
   * in headers must be valid nevertheless.
   */
  private static boolean mayAuthenticateLater(HttpServletRequest request, ApiException error) {
    return error.code() == ErrorCode.UNAUTHENTICATED
        && isWebSocket(request)
        && request.getHeader("Authorization") == null
        && request.getHeader("X-Internal-Token") == null;
  }

  private static @Nullable String singleHeader(HttpServletRequest request, String name) {
    List<String> values = Collections.list(request.getHeaders(name));
    if (values.size() > 1) {
      throw ApiException.malformed(name, "is given more than once");
    }
    return values.isEmpty() ? null : decodeUtf8(name, values.getFirst());
  }

  /** Tomcat has decoded the bytes as ISO 8859-1. */
  private static String decodeUtf8(String name, String value) {
    if (!name.startsWith("X-") || value.chars().allMatch(character -> character < 0x80)) {
      return value;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(value.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException e) {
      throw ApiException.malformed(name, "is not UTF-8");
    }
  }
}
