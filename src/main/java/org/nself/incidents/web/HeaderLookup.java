package org.nself.incidents.web;

import org.jspecify.annotations.Nullable;

/**
 * The headers that a request came with, or what stands for them in a WebSocket's {@code
 * connection_init}.
 */
@FunctionalInterface
public interface HeaderLookup {

  /**
   * The value of a header; null where it is absent.
   *
   * @param name in any case
   * @throws org.nself.incidents.web.error.ApiException where it is given more than once: which one
   *     counts is not to be guessed
   */
  @Nullable String get(String name);
}
