package org.nself.incidents.console;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.RequestOrigin;
import org.nself.incidents.security.Role;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.StrictJson;
import tools.jackson.databind.json.JsonMapper;

/**
 * Signs a browser on this machine in to the try-out, as any person and role.
 *
 * <p>Only our own page on a loopback address gets a JWT. A page of another origin cannot send the
 * request ({@code Sec-Fetch-Site}, {@code Origin}, a content type that needs a preflight), nor read
 * the response; a host name that was rebound to this machine is refused by {@code Host}; a proxy,
 * behind which everybody seems to be on this machine, by its headers.
 */
final class TryOutSessions {

  private static final Duration LIFETIME = Duration.ofMinutes(15);
  private static final int MAX_ACTOR = 200;
  private static final String ACCOUNT = "primary";
  private static final String ACTOR = "ana";

  private static final Pattern LOOPBACK_HOST =
      Pattern.compile("(?:127\\.0\\.0\\.1|localhost|\\[::1])(?::[0-9]{1,5})?");

  private static final List<String> PROXY_HEADERS =
      List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via");

  private final Settings settings;
  private final StrictJson json;
  private final JsonMapper mapper;
  private final Clock clock;

  TryOutSessions(Settings settings, StrictJson json, JsonMapper mapper, Clock clock) {
    this.settings = settings;
    this.json = json;
    this.mapper = mapper;
    this.clock = clock;
  }

  /** Response to a started session. */
  private record Session(
      String token, String account, Role role, String actor, Instant expiresAt) {}

  boolean areAvailable() {
    return settings.console().isTryOut();
  }

  /**
   * Reads {@code actor} and {@code role}, both optional, and responds with a JWT.
   *
   * @throws ApiException {@code forbidden} for anything but our own page on this machine
   */
  void start(HttpServletRequest request, HttpServletResponse response) throws IOException {
    requireOwnPageOnThisMachine(request);
    requireJson(request);
    InputReader input =
        new InputReader(
            json.parseObject(request.getInputStream().readAllBytes()), NamingStyle.SNAKE_CASE);
    @Nullable String actor = input.string("actor", MAX_ACTOR);
    @Nullable Role role = input.enumValue("role", Role.class);
    input.check();
    Session session =
        session(actor == null ? ACTOR : actor, role == null ? Role.ADMIN : role, clock.instant());
    response.setContentType("application/json");
    response
        .getOutputStream()
        .write(mapper.writeValueAsString(session).getBytes(StandardCharsets.UTF_8));
  }

  private static void requireOwnPageOnThisMachine(HttpServletRequest request) throws IOException {
    boolean direct =
        InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress()
            && PROXY_HEADERS.stream().allMatch(name -> request.getHeader(name) == null);
    @Nullable String host = request.getHeader("Host");
    if (!direct || host == null || !LOOPBACK_HOST.matcher(host).matches()) {
      throw ApiException.forbidden(
          "The try-out signs in only a browser on this machine, at http://127.0.0.1 or"
              + " http://localhost");
    }
    if (!RequestOrigin.isOurs(request)) {
      throw ApiException.forbidden("The try-out signs in only its own page");
    }
  }

  /** A page of another origin needs a preflight for it, which nothing here answers. */
  private static void requireJson(HttpServletRequest request) {
    @Nullable String type = request.getContentType();
    if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
      throw ApiException.of(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Content-Type is not supported; send application/json");
    }
  }

  private Session session(String actor, Role role, Instant now) {
    Instant expiresAt = now.plus(LIFETIME).truncatedTo(ChronoUnit.SECONDS);
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .subject(actor)
            .expirationTime(Date.from(expiresAt))
            .claim(
                "https://hasura.io/jwt/claims",
                Map.of(
                    "x-hasura-default-role",
                    role.value(),
                    "x-hasura-allowed-roles",
                    List.of(role.value()),
                    "x-hasura-user-id",
                    actor,
                    settings.accountClaim(),
                    ACCOUNT))
            .build();
    @Nullable String key = settings.console().tryOutKey();
    if (key == null) {
      throw new IllegalStateException("This is not the try-out");
    }
    try {
      SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
      token.sign(new MACSigner(key));
      return new Session(token.serialize(), ACCOUNT, role, actor, expiresAt);
    } catch (JOSEException e) {
      throw new IllegalStateException("The key is too short for HS256", e);
    }
  }
}
