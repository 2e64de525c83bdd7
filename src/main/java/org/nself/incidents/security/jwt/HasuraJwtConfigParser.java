package org.nself.incidents.security.jwt;

import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.jwt.HasuraJwtConfig.Keys;

/** Reads {@link HasuraJwtConfig}. */
final class HasuraJwtConfigParser {

  private static final String DEFAULT_NAMESPACE = "https://hasura.io/jwt/claims";
  private static final int MAX_SKEW_SECONDS = 86_400;

  private HasuraJwtConfigParser() {}

  static HasuraJwtConfig read(JsonConfigNode settings) {
    settings.only(
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
    return new HasuraJwtConfig(
        keys(settings), location(settings), conditions(settings), claims(settings));
  }

  private static Keys keys(JsonConfigNode settings) {
    @Nullable String key = settings.text("key");
    @Nullable String url = settings.text("jwk_url");
    if (key == null && url == null) {
      throw new IllegalArgumentException("key or jwk_url is missing");
    }
    if (key != null && url != null) {
      throw new IllegalArgumentException("key and jwk_url must not both be given");
    }
    @Nullable JwtAlgorithm type = type(settings);
    if (key != null) {
      if (type == null) {
        throw settings.fault("type", "is missing: one of " + JwtAlgorithm.types());
      }
      return new Keys.Given(key(settings, type, key));
    }
    return new Keys.Published(url(settings), published(settings, type));
  }

  private static @Nullable JwtAlgorithm type(JsonConfigNode settings) {
    @Nullable String name = settings.text("type");
    @Nullable JwtAlgorithm type = name == null ? null : JwtAlgorithm.ofType(name);
    if (name != null && type == null) {
      throw settings.fault("type", "must be one of " + JwtAlgorithm.types());
    }
    return type;
  }

  private static JwtKey key(JsonConfigNode settings, JwtAlgorithm type, String key) {
    try {
      return type.isSymmetric()
          ? JwtKey.secret(type, key)
          : JwtKey.of(null, PemPublicKeyParser.read(key, type), Set.of(type));
    } catch (IllegalArgumentException e) {
      throw settings.fault("key", String.valueOf(e.getMessage()));
    }
  }

  private static Set<JwtAlgorithm> published(JsonConfigNode settings, @Nullable JwtAlgorithm type) {
    if (type == null) {
      Set<JwtAlgorithm> all = EnumSet.allOf(JwtAlgorithm.class);
      all.removeIf(JwtAlgorithm::isSymmetric);
      return Set.copyOf(all);
    }
    if (type.isSymmetric()) {
      throw settings.fault(
          "type", "must not be %s with a jwk_url: a secret is not published".formatted(type));
    }
    return Set.of(type);
  }

  private static URI url(JsonConfigNode settings) {
    try {
      URI url = URI.create(settings.requiredText("jwk_url"));
      @Nullable String scheme = url.getScheme();
      if (url.getHost() != null
          && ("https".equalsIgnoreCase(scheme) || "http".equalsIgnoreCase(scheme))) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // Answered below, as another kind of URL is.
    }
    throw settings.fault("jwk_url", "must be a URL such as https://auth.example.com/jwks.json");
  }

  private static TokenLocation location(JsonConfigNode settings) {
    @Nullable JsonConfigNode header = settings.object("header");
    if (header == null) {
      return new TokenLocation.Authorization();
    }
    header.only("type", "name");
    return switch (header.requiredText("type").toLowerCase(Locale.ROOT)) {
      case "authorization" -> new TokenLocation.Authorization();
      case "cookie" -> new TokenLocation.Cookie(header.requiredText("name"));
      case "customheader" -> new TokenLocation.CustomHeader(header.requiredText("name"));
      default -> throw header.fault("type", "must be Authorization, Cookie or CustomHeader");
    };
  }

  private static JwtClaimsValidator conditions(JsonConfigNode settings) {
    return new JwtClaimsValidator(
        audience(settings), settings.text("issuer"), allowedSkew(settings));
  }

  private static @Nullable Set<String> audience(JsonConfigNode settings) {
    @Nullable Object value = settings.value("audience");
    if (value == null) {
      return null;
    }
    @Nullable List<String> audience =
        JsonConfigNode.texts(value instanceof String one ? List.of(one) : value);
    if (audience == null || audience.isEmpty()) {
      throw settings.fault("audience", "must be a string or a list of strings, none of them empty");
    }
    return Set.copyOf(audience);
  }

  private static Duration allowedSkew(JsonConfigNode settings) {
    return switch (settings.value("allowed_skew")) {
      case null -> Duration.ZERO;
      case Number seconds
          when seconds.doubleValue() >= 0 && seconds.doubleValue() <= MAX_SKEW_SECONDS ->
          Duration.ofMillis(Math.round(seconds.doubleValue() * 1_000));
      default ->
          throw settings.fault(
              "allowed_skew", "must be a number of seconds from 0 to " + MAX_SKEW_SECONDS);
    };
  }

  private static ClaimsMapping claims(JsonConfigNode settings) {
    @Nullable String namespace = settings.text("claims_namespace");
    @Nullable String path = settings.text("claims_namespace_path");
    if (namespace != null && path != null) {
      throw new IllegalArgumentException(
          "claims_namespace and claims_namespace_path must not both be given");
    }
    boolean stringified = stringified(settings);
    @Nullable JsonConfigNode map = settings.object("claims_map");
    if (map != null) {
      // As in Hasura, the other three then say nothing.
      return mapped(map);
    }
    return new ClaimsMapping.Namespace(
        path == null
            ? JsonPath.ofMember(namespace == null ? DEFAULT_NAMESPACE : namespace)
            : path(settings, "claims_namespace_path", path),
        stringified);
  }

  private static boolean stringified(JsonConfigNode settings) {
    @Nullable String format = settings.text("claims_format");
    return switch (format) {
      case "stringified_json" -> true;
      case "json" -> false;
      case null -> false;
      default -> throw settings.fault("claims_format", "must be json or stringified_json");
    };
  }

  private static ClaimsMapping mapped(JsonConfigNode map) {
    Map<String, ClaimsMapping.Source> sources = new HashMap<>();
    for (String name : map.members().keySet()) {
      if (sources.put(name.toLowerCase(Locale.ROOT), source(map, name)) != null) {
        throw map.fault(name, "is there twice, in upper and lower case");
      }
    }
    for (String role : List.of(HasuraClaims.ALLOWED_ROLES, HasuraClaims.DEFAULT_ROLE)) {
      if (!sources.containsKey(role)) {
        throw map.fault(role, "is missing");
      }
    }
    return new ClaimsMapping.Mapped(Map.copyOf(sources));
  }

  private static ClaimsMapping.Source source(JsonConfigNode map, String name) {
    if (!(map.value(name) instanceof Map<?, ?>)) {
      return new ClaimsMapping.Source.Literal(literal(map, name, name));
    }
    JsonConfigNode place = map.object(name);
    if (place == null) {
      throw map.fault(name, "is missing");
    }
    place.only("path", "default");
    return new ClaimsMapping.Source.At(
        path(place, "path", place.requiredText("path")),
        place.value("default") == null ? null : literal(place, "default", name));
  }

  /**
   * A value that stands in the configuration itself.
   *
   * @param claim the claim that it is for
   */
  private static Object literal(JsonConfigNode members, String name, String claim) {
    @Nullable Object value = members.value(name);
    if (claim.equalsIgnoreCase(HasuraClaims.ALLOWED_ROLES)) {
      @Nullable List<String> roles = JsonConfigNode.texts(value);
      if (roles == null) {
        throw members.fault(name, "must be a list of roles");
      }
      return roles;
    }
    if (!(value instanceof String text)) {
      throw members.fault(name, "must be a string, or {\"path\": …} for a place in the token");
    }
    return text;
  }

  private static JsonPath path(JsonConfigNode members, String name, String path) {
    try {
      return JsonPath.parse(path);
    } catch (IllegalArgumentException e) {
      throw members.fault(name, String.valueOf(e.getMessage()));
    }
  }
}
