package org.nself.incidents.security;

import java.net.http.HttpClient;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.jwt.HasuraJwtConfig;
import org.nself.incidents.security.jwt.HasuraJwtVerifier;
import org.nself.incidents.settings.Settings;

/** An {@link Authenticator} without the service. */
public record AuthenticatorHarness(Authenticator authenticator) {

  static final String PLUGIN_SECRET = "plugin-secret";
  static final String INTERNAL_SECRET = "internal-secret";
  public static final HttpClient CLIENT = HttpClient.newHttpClient();

  /**
   * @param jwt the value of {@code HASURA_GRAPHQL_JWT_SECRET}; null for none
   * @param environment further variables
   */
  public static AuthenticatorHarness with(
      @Nullable String jwt, Clock clock, Map<String, String> environment) {
    Map<String, String> variables = new HashMap<>(environment);
    variables.put("DATABASE_URL", "postgres://nobody@localhost/nothing");
    variables.put("PLUGIN_SECRET", PLUGIN_SECRET);
    variables.put("PLUGIN_INTERNAL_SECRET", INTERNAL_SECRET);
    return new AuthenticatorHarness(
        new Authenticator(
            Settings.read(variables::get),
            jwt == null
                ? List.of()
                : List.of(new HasuraJwtVerifier(HasuraJwtConfig.parse(jwt), clock, CLIENT))));
  }

  public static AuthenticatorHarness with(String jwt, Clock clock) {
    return with(jwt, clock, Map.of());
  }

  public Caller authenticate(Map<String, String> headers) {
    TreeMap<String, String> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    anyCase.putAll(headers);
    return authenticator.authenticate(anyCase::get, "192.0.2.1").caller();
  }

  public Caller bearer(String token) {
    return authenticate(Map.of("Authorization", "Bearer " + token));
  }
}
