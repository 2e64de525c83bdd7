package org.nself.incidents.security;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/**
 * The authenticated caller of a request.
 *
 * @param account the account whose rows the caller reads and writes, 1 to 128 characters
 * @param role the caller's role in the account
 * @param actor the user, as timelines record it, 1 to 200 characters
 * @param validUntil when the credentials expire, and with them open connections; null where they do
 *     not expire
 */
public record Caller(String account, Role role, String actor, @Nullable Instant validUntil) {

  /**
   * Where a request holds its caller: the name of a servlet attribute and of a key in the GraphQL
   * context.
   */
  public static final String ATTRIBUTE = "nself.caller";

  /** A caller whose credentials do not expire. */
  public Caller(String account, Role role, String actor) {
    this(account, role, actor, null);
  }

  /**
   * @throws ApiException {@code forbidden} where the role lacks the permission
   */
  public void requirePermission(Permission permission) {
    if (!role.hasPermission(permission)) {
      throw ApiException.forbidden(
          "The role %s is not allowed to do this; required: %s"
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
