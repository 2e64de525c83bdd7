package org.nself.incidents.security;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a caller is in its account. Any other role may do nothing here. */
public enum Role {
  VIEWER(Permission.READ),
  USER(Permission.WRITE),
  RESPONDER(Permission.WRITE),
  ADMIN(Permission.ADMINISTER),
  /** A sibling plug-in or the gateway itself; may do what an admin may. */
  SERVICE(Permission.ADMINISTER);

  private final Permission permission;

  Role(Permission permission) {
    this.permission = permission;
  }

  /** The role of this name, in any case; null where there is none. */
  public static @Nullable Role parse(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "viewer" -> VIEWER;
      case "user" -> USER;
      case "responder" -> RESPONDER;
      case "admin" -> ADMIN;
      case "service" -> SERVICE;
      default -> null;
    };
  }

  /** The name as it stands in headers and claims. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  public boolean hasPermission(Permission wanted) {
    return permission.compareTo(wanted) >= 0;
  }
}
