package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.impl.EdDSAProvider;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Parses {@link HasuraJwtConfig}. */
final class HasuraJwtConfigParser {

  /** Hasura's types (RFC 7518, RFC 8037). {@code none} is not one. */
  private static final List<JWSAlgorithm> TYPES =
      List.of(
          JWSAlgorithm.HS256,
          JWSAlgorithm.HS384,
          JWSAlgorithm.HS512,
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512,
          JWSAlgorithm.Ed25519);

  private static final String DEFAULT_NAMESPACE = "https://hasura.io/jwt/claims";
  private static final int MAX_SKEW_SECONDS = 86_400;

  private HasuraJwtConfigParser() {}

  static HasuraJwtConfig parse(JsonConfigNode config) {
    config.requireOnly(
        "type",
        "key",
        "jwk_url",
        "claims_namespace",
        "claims_namespace_path",
        "claims_format",
        "claims_map",
        "audience",
        "issuer",
        "allowed_skew",
        "header");
    @Nullable String key = config.text("key");
    @Nullable String url = config.text("jwk_url");
    if (key == null && url == null) {
      throw new IllegalArgumentException("key or jwk_url is missing");
    }
    if (key != null && url != null) {
      throw new IllegalArgumentException("key and jwk_url must not both be given");
    }
    @Nullable JWSAlgorithm type = type(config);
    return new HasuraJwtConfig(
        algorithms(type),
        key == null ? null : key(config, type, key),
        url == null ? null : jwkSetUrl(config, type, url),
        location(config),
        claimsValidator(config),
        claims(config));
  }

  private static @Nullable JWSAlgorithm type(JsonConfigNode config) {
    @Nullable String name = config.text("type");
    if (name == null) {
      return null;
    }
    return TYPES.stream()
        .filter(type -> type.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> config.error("type", "must be one of " + typeNames()));
  }

  private static String typeNames() {
    return TYPES.stream().map(JWSAlgorithm::getName).collect(Collectors.joining(", "));
  }

  /**
   * @param type null for all of public keys
   */
  private static Set<JWSAlgorithm> algorithms(@Nullable JWSAlgorithm type) {
    Set<JWSAlgorithm> algorithms = new HashSet<>(type == null ? TYPES : List.of(type));
    if (type == null) {
      algorithms.removeAll(JWSAlgorithm.Family.HMAC_SHA);
    }
    if (algorithms.contains(JWSAlgorithm.Ed25519)) {
      // Its older name, EdDSA, too.
      algorithms.addAll(EdDSAProvider.SUPPORTED_ALGORITHMS);
    }
    return Set.copyOf(algorithms);
  }

  private static JwtKey key(JsonConfigNode config, @Nullable JWSAlgorithm type, String key) {
    if (type == null) {
      throw config.error("type", "is missing: one of " + typeNames());
    }
    try {
      return JWSAlgorithm.Family.HMAC_SHA.contains(type)
          ? JwtKey.secret(type, key)
          : JwtKey.of(null, PemPublicKeyParser.parse(key, type), algorithms(type));
    } catch (IllegalArgumentException e) {
      throw config.error("key", String.valueOf(e.getMessage()));
    }
  }

  private static URI jwkSetUrl(JsonConfigNode config, @Nullable JWSAlgorithm type, String text) {
    if (type != null && JWSAlgorithm.Family.HMAC_SHA.contains(type)) {
      throw config.error(
          "type", "must not be %s with a jwk_url: a secret is not published".formatted(type));
    }
    try {
      URI url = URI.create(text);
      @Nullable String scheme = url.getScheme();
      if (url.getHost() != null
          && ("https".equalsIgnoreCase(scheme) || "http".equalsIgnoreCase(scheme))) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // Refused below, as a URL of another scheme is.
    }
    throw config.error("jwk_url", "must be a URL such as https://auth.example.com/jwks.json");
  }

  private static TokenLocation location(JsonConfigNode config) {
    @Nullable JsonConfigNode header = config.object("header");
    if (header == null) {
      return new TokenLocation.Authorization();
    }
    header.requireOnly("type", "name");
    return switch (header.requiredText("type").toLowerCase(Locale.ROOT)) {
      case "authorization" -> new TokenLocation.Authorization();
      case "cookie" -> new TokenLocation.Cookie(header.requiredText("name"));
      case "customheader" -> new TokenLocation.CustomHeader(header.requiredText("name"));
      default -> throw header.error("type", "must be Authorization, Cookie or CustomHeader");
    };
  }

  private static JwtClaimsValidator claimsValidator(JsonConfigNode config) {
    return new JwtClaimsValidator(audience(config), config.text("issuer"), allowedSkew(config));
  }

  private static @Nullable Set<String> audience(JsonConfigNode config) {
    @Nullable Object value = config.value("audience");
    if (value == null) {
      return null;
    }
    @Nullable List<String> audience =
        JsonConfigNode.strings(value instanceof String one ? List.of(one) : value);
    if (audience == null || audience.isEmpty()) {
      throw config.error("audience", "must be a string or a list of strings, none of them empty");
    }
    return Set.copyOf(audience);
  }

  private static Duration allowedSkew(JsonConfigNode config) {
    return switch (config.value("allowed_skew")) {
      case null -> Duration.ZERO;
      case Number seconds
          when seconds.doubleValue() >= 0 && seconds.doubleValue() <= MAX_SKEW_SECONDS ->
          Duration.ofMillis(Math.round(seconds.doubleValue() * 1_000));
      default ->
          throw config.error(
              "allowed_skew", "must be a number of seconds from 0 to " + MAX_SKEW_SECONDS);
    };
  }

  private static ClaimsMapping claims(JsonConfigNode config) {
    @Nullable String namespace = config.text("claims_namespace");
    @Nullable String path = config.text("claims_namespace_path");
    if (namespace != null && path != null) {
      throw new IllegalArgumentException(
          "claims_namespace and claims_namespace_path must not both be given");
    }
    boolean stringified = stringified(config);
    @Nullable JsonConfigNode map = config.object("claims_map");
    if (map != null) {
      // As in Hasura, the other three are then ignored.
      return mapped(map);
    }
    return new ClaimsMapping.Namespace(
        path == null
            ? JsonPath.ofMember(namespace == null ? DEFAULT_NAMESPACE : namespace)
            : path(config, "claims_namespace_path", path),
        stringified);
  }

  private static boolean stringified(JsonConfigNode config) {
    @Nullable String format = config.text("claims_format");
    return switch (format) {
      case "stringified_json" -> true;
      case "json" -> false;
      case null -> false;
      default -> throw config.error("claims_format", "must be json or stringified_json");
    };
  }

  private static ClaimsMapping mapped(JsonConfigNode map) {
    Map<String, ClaimsMapping.Source> sources = new HashMap<>();
    for (String name : map.members().keySet()) {
      if (sources.put(name.toLowerCase(Locale.ROOT), source(map, name)) != null) {
        throw map.error(name, "is given more than once, in upper and lower case");
      }
    }
    for (String role : List.of(HasuraClaims.ALLOWED_ROLES, HasuraClaims.DEFAULT_ROLE)) {
      if (!sources.containsKey(role)) {
        throw map.error(role, "is missing");
      }
    }
    return new ClaimsMapping.Mapped(Map.copyOf(sources));
  }

  private static ClaimsMapping.Source source(JsonConfigNode map, String name) {
    if (!(map.value(name) instanceof Map<?, ?>)) {
      return new ClaimsMapping.Source.Literal(literal(map, name, name));
    }
    JsonConfigNode source = map.object(name);
    if (source == null) {
      throw map.error(name, "is missing");
    }
    source.requireOnly("path", "default");
    return new ClaimsMapping.Source.Path(
        path(source, "path", source.requiredText("path")),
        source.value("default") == null ? null : literal(source, "default", name));
  }

  /**
   * A value given in the configuration itself.
   *
   * @param claim the name of the claim
   */
  private static Object literal(JsonConfigNode members, String name, String claim) {
    @Nullable Object value = members.value(name);
    if (claim.equalsIgnoreCase(HasuraClaims.ALLOWED_ROLES)) {
      @Nullable List<String> roles = JsonConfigNode.strings(value);
      if (roles == null) {
        throw members.error(name, "must be a list of roles");
      }
      return roles;
    }
    if (!(value instanceof String text)) {
      throw members.error(name, "must be a string, or {\"path\": …} for a path in the token");
    }
    return text;
  }

  private static JsonPath path(JsonConfigNode members, String name, String path) {
    try {
      return JsonPath.parse(path);
    } catch (IllegalArgumentException e) {
      throw members.error(name, String.valueOf(e.getMessage()));
    }
  }
}
