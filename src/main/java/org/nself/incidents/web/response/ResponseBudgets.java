package org.nself.incidents.web.response;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.connection.ClientConnection;

/**
 * Makes the budget of each response.
 *
 * @param maxBytes of one response
 */
public record ResponseBudgets(long maxBytes, ResponseMemory memory) {

  /** For a response that is not that of an HTTP request. */
  public ResponseSizeBudget of(String account) {
    return new ResponseSizeBudget(maxBytes, memory.lease(account));
  }

  /** For the response of an HTTP request; to be closed when it is written. */
  public ResponseSizeBudget of(String account, HttpServletRequest request) {
    return new ResponseSizeBudget(maxBytes, memory.lease(account), () -> disconnector(request));
  }

  /** How to end the connection of a request; called while the request is processed. */
  private static Runnable disconnector(HttpServletRequest request) {
    @Nullable ClientConnection connection = ClientConnection.of(request);
    return () -> {
      if (connection != null) {
        connection.disconnect();
      }
    };
  }
}
