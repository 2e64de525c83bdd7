package org.nself.incidents.web.response;

import jakarta.servlet.http.HttpServletRequest;

/**
 * Makes the budget of each response.
 *
 * @param maxBytes of one response
 */
public record ResponseBudgets(long maxBytes, ResponseMemory memory, HttpConnections connections) {

  /** For a response that is not that of an HTTP request. */
  public ResponseSizeBudget of(String account) {
    return new ResponseSizeBudget(maxBytes, memory.lease(account));
  }

  /** For the response of an HTTP request; to be closed when it is written. */
  public ResponseSizeBudget of(String account, HttpServletRequest request) {
    return new ResponseSizeBudget(
        maxBytes, memory.lease(account), () -> connections.disconnector(request));
  }
}
