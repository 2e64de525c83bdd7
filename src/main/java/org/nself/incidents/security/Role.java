package org.nself.incidents.security;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The roles of callers. A caller with another role is rejected. */
public enum Role {
  VIEWER(Permission.READ),
  USER(Permission.WRITE),
  RESPONDER(Permission.WRITE),
  ADMIN(Permission.ADMINISTER),
  /** A sibling plug-in or the gateway itself; has the permissions of an admin. */
  SERVICE(Permission.ADMINISTER);

  private final Permission permission;

  Role(Permission permission) {
    this.permission = permission;
  }

  /** Ignores case; null for an unknown role. */
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

  /** The name in headers and claims. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  public boolean hasPermission(Permission wanted) {
    return permission.compareTo(wanted) >= 0;
  }
}
