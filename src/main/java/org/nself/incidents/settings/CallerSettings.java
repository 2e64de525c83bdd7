package org.nself.incidents.settings;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How callers are identified and limited.
 *
 * @param trustedProxies the proxies whose {@code X-Forwarded-For} is trusted
 * @param maxWrongTokens how many wrong tokens an address may send in a minute
 * @param roleMap the roles of this service by those of others, both in lower case
 * @param corsAllowedOrigins the origins whose pages may use the API, in lower case; {@code *} for
 *     all
 */
public record CallerSettings(
    TrustedProxies trustedProxies,
    int maxWrongTokens,
    Map<String, String> roleMap,
    Set<String> corsAllowedOrigins) {

  private static final Pattern ORIGIN =
      Pattern.compile("https?://([a-z0-9_.-]{1,253}|\\[[0-9a-f:.]{2,45}])(:[0-9]{1,5})?");

  private static final Set<String> ROLES = Set.of("viewer", "user", "responder", "admin");

  private static final Setting<Map<String, String>> ROLE_MAP =
      Setting.withoutDefault(
          "ROLE_MAP",
          "none: they get 403",
          "`seller:user,support:responder`",
          "the roles viewer, user, responder and admin by roles that others use",
          CallerSettings::parseRoleMap);
  private static final Setting<Integer> MAX_WRONG_TOKENS =
      Setting.number(
          "MAX_WRONG_TOKENS",
          200,
          1,
          1_000_000,
          "wrong tokens that an address may send in a minute; above it they get 429, and an address"
              + " that sent no right token in the last hour is blocked for the rest of the minute");
  private static final Setting<TrustedProxies> TRUSTED_PROXIES =
      Setting.withoutDefault(
          "TRUSTED_PROXIES",
          "none",
          "`172.18.0.5,10.0.0.0/8`",
          "the proxies whose `X-Forwarded-For` is trusted",
          CallerSettings::parseProxies);

  private static final Setting<Set<String>> CORS_ALLOWED_ORIGINS =
      Setting.withoutDefault(
          "CORS_ALLOWED_ORIGINS",
          "none: browsers keep responses from pages of other origins",
          "`https://app.example.com,http://localhost:5173`, or `*`",
          "origins whose pages may use the API; those that are named may also send cookies, those"
              + " that only `*` allows may not",
          CallerSettings::parseOrigins);

  /** In the order of the README. */
  static final List<Setting<?>> ALL =
      List.of(ROLE_MAP, MAX_WRONG_TOKENS, TRUSTED_PROXIES, CORS_ALLOWED_ORIGINS);

  static CallerSettings read(Function<String, @Nullable String> environment) {
    @Nullable TrustedProxies proxies = TRUSTED_PROXIES.readOptional(environment);
    @Nullable Set<String> origins = CORS_ALLOWED_ORIGINS.readOptional(environment);
    @Nullable Map<String, String> roleMap = ROLE_MAP.readOptional(environment);
    return new CallerSettings(
        proxies == null ? TrustedProxies.NONE : proxies,
        MAX_WRONG_TOKENS.read(environment),
        roleMap == null ? Map.of() : roleMap,
        origins == null ? Set.of() : origins);
  }

  /** Origins of web pages, in lower case, as browsers write them. */
  private static Set<String> parseOrigins(String variable, String value) {
    Set<String> origins = new LinkedHashSet<>();
    for (String part : value.toLowerCase(Locale.ROOT).split(",", -1)) {
      String origin = part.strip();
      if (!origin.isEmpty() && !origin.equals("*") && !ORIGIN.matcher(origin).matches()) {
        throw new ConfigurationException(
            variable,
            "must list origins by commas, such as https://app.example.com,http://localhost:5173"
                + " (without a path or a / at the end), or be *");
      }
      origins.add(origin);
    }
    origins.remove("");
    return Set.copyOf(origins);
  }

  /** Addresses and ranges, with commas. */
  private static TrustedProxies parseProxies(String variable, String value) {
    try {
      return TrustedProxies.parse(value);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          variable, "must list addresses or ranges by commas, such as 172.18.0.5,10.0.0.0/8");
    }
  }

  /** Both roles in lower case, as they are compared. */
  private static Map<String, String> parseRoleMap(String variable, String value) {
    Map<String, String> roles = new LinkedHashMap<>();
    for (String pair : value.toLowerCase(Locale.ROOT).split(",", -1)) {
      String[] parts = pair.strip().split(":", -1);
      if (parts.length != 2 || parts[0].isBlank() || !ROLES.contains(parts[1].strip())) {
        throw new ConfigurationException(
            variable,
            "must be a list such as seller:user,support:responder; the second is one of viewer,"
                + " user, responder, admin");
      }
      if (ROLES.contains(parts[0].strip()) || parts[0].strip().equals("service")) {
        throw new ConfigurationException(
            variable,
            "cannot map '%s', which is a role of this service".formatted(parts[0].strip()));
      }
      roles.put(parts[0].strip(), parts[1].strip());
    }
    return Map.copyOf(roles);
  }
}
