package org.nself.incidents.console;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.security.Role;
import org.nself.incidents.settings.BuildInfo;
import org.nself.incidents.settings.Settings;

/**
 * Who the service takes the caller for, and what the caller may do.
 *
 * @param permissions each of them includes those before it
 * @param expiresAt when the credentials expire; null where they do not expire
 * @param version the version of the service
 * @param tryOut whether this process is the try-out, whose console can act as other people
 */
record CallerView(
    String account,
    Role role,
    String actor,
    List<Permission> permissions,
    @Nullable Instant expiresAt,
    String version,
    boolean tryOut) {

  static CallerView of(Caller caller, BuildInfo plugin, Settings settings) {
    return new CallerView(
        caller.account(),
        caller.role(),
        caller.actor(),
        Arrays.stream(Permission.values()).filter(caller.role()::hasPermission).toList(),
        caller.validUntil(),
        plugin.version(),
        settings.console().isTryOut());
  }
}
