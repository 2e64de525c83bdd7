package org.nself.incidents.security.jwt;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/**
 * The verified claims of a token.
 *
 * @param variables the session variables by lower-case name, such as {@code x-hasura-user-id}
 * @param allowedRoles the only roles that the user may take
 * @param defaultRole the role of requests that name none
 * @param subject the claim {@code sub}; null if absent
 * @param expiresAt when the token expires, skew included; null if never
 */
public record HasuraClaims(
    Map<String, String> variables,
    List<String> allowedRoles,
    String defaultRole,
    @Nullable String subject,
    @Nullable Instant expiresAt) {

  static final String ALLOWED_ROLES = "x-hasura-allowed-roles";
  static final String DEFAULT_ROLE = "x-hasura-default-role";

  /**
   * @param claims the {@code x-hasura-*} claims
   * @throws ApiException {@code unauthenticated}, if one is missing or has a wrong type
   */
  static HasuraClaims of(
      Map<String, @Nullable Object> claims, @Nullable String subject, @Nullable Instant expiresAt) {
    List<String> allowedRoles = roles(required(claims, ALLOWED_ROLES));
    if (!(required(claims, DEFAULT_ROLE) instanceof String defaultRole)) {
      throw ApiException.unauthenticated("The token's claim " + DEFAULT_ROLE + " is not a string");
    }
    Map<String, String> variables = new HashMap<>();
    claims.forEach(
        (name, value) -> {
          if (name.equals(ALLOWED_ROLES) || name.equals(DEFAULT_ROLE)) {
            return;
          }
          if (!(value instanceof String text)) {
            throw ApiException.unauthenticated("The token's claim " + name + " is not a string");
          }
          variables.put(name, text);
        });
    return new HasuraClaims(Map.copyOf(variables), allowedRoles, defaultRole, subject, expiresAt);
  }

  private static Object required(Map<String, @Nullable Object> claims, String name) {
    @Nullable Object value = claims.get(name);
    if (value == null) {
      throw ApiException.unauthenticated("The token lacks the claim " + name);
    }
    return value;
  }

  private static List<String> roles(Object claim) {
    if (claim instanceof List<?> list) {
      List<String> roles = new ArrayList<>();
      for (Object role : list) {
        if (role instanceof String text) {
          roles.add(text);
        }
      }
      if (roles.size() == list.size()) {
        return List.copyOf(roles);
      }
    }
    throw ApiException.unauthenticated(
        "The token's claim " + ALLOWED_ROLES + " is not a list of strings");
  }

  /**
   * The role of a request.
   *
   * @param requested its {@code X-Hasura-Role}; null or empty for the default role
   * @throws ApiException {@code forbidden}, if it is not allowed, even if it is the default role
   */
  public String role(@Nullable String requested) {
    String role = requested == null || requested.isEmpty() ? defaultRole : requested;
    if (!allowedRoles.contains(role)) {
      throw ApiException.forbidden("The requested role is not one that the token allows");
    }
    return role;
  }
}
