package org.nself.incidents.web;

import org.springframework.core.Ordered;

/** The order of the servlet filters. */
public final class FilterOrder {

  /** First, so that it also counts and logs requests that later filters reject. */
  public static final int REQUEST_LOGGING = Ordered.HIGHEST_PRECEDENCE + 10;

  public static final int RESPONSE_HEADERS = Ordered.HIGHEST_PRECEDENCE + 11;

  /** Before all that may reject a request, so that pages can read the error. */
  public static final int CORS = Ordered.HIGHEST_PRECEDENCE + 12;

  /** Before the next one, so that it sends the whole response while a body is still on its way. */
  public static final int REQUEST_SIZE_LIMIT = Ordered.HIGHEST_PRECEDENCE + 13;

  public static final int EMPTY_ERROR_BODIES = Ordered.HIGHEST_PRECEDENCE + 15;

  /** Before the authentication: the console's page is for everybody. */
  public static final int CONSOLE = Ordered.HIGHEST_PRECEDENCE + 25;

  public static final int AUTHENTICATION = Ordered.HIGHEST_PRECEDENCE + 30;

  private FilterOrder() {}
}
