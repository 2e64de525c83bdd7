package org.nself.incidents.security;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/**
 * Who is calling.
 *
 * @param account the account whose rows the caller sees and writes, 1 to 128 characters
 * @param role what it may do there
 * @param actor who did it, as the timeline will say; 1 to 200 characters
 * @param validUntil when the credentials stop being good, so that a connection that lives on must
 *     end then; null where they do not expire
 */
public record Caller(String account, Role role, String actor, @Nullable Instant validUntil) {

  /**
   * The name under which the caller travels with a request: a servlet attribute and a key of the
   * GraphQL context.
   */
  public static final String ATTRIBUTE = "nself.caller";

  /** A caller whose credentials do not expire. */
  public Caller(String account, Role role, String actor) {
    this(account, role, actor, null);
  }

  /**
   * @throws ApiException {@code forbidden}, where the role may not
   */
  public void requirePermission(Permission permission) {
    if (!role.hasPermission(permission)) {
      throw ApiException.forbidden(
          "The role %s may not do this; it needs %s"
              .formatted(
                  role.value(),
                  switch (permission) {
                    case READ -> "viewer, user, responder or admin";
                    case WRITE -> "user, responder or admin";
                    case ADMINISTER -> "admin";
                  }));
    }
  }
}
