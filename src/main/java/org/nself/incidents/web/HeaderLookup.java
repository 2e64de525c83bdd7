package org.nself.incidents.web;

import org.jspecify.annotations.Nullable;

/**
 * The headers of a request, or their equivalents in the {@code connection_init} message of a
 * WebSocket.
 */
@FunctionalInterface
public interface HeaderLookup {

  /**
   * The value of a header; null if it is absent.
   *
   * @param name case-insensitive
   * @throws org.nself.incidents.web.error.ApiException if it is repeated, because it is ambiguous
   *     which one counts
   */
  @Nullable String get(String name);
}
