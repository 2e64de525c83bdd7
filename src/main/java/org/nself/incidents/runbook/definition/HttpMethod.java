package org.nself.incidents.runbook.definition;

/** The HTTP methods that a step can use. */
public enum HttpMethod {
  GET,
  HEAD,
  POST,
  PUT,
  PATCH,
  DELETE;

  /** Whether the method only reads (RFC 9110, section 9.2.1). */
  public boolean isSafe() {
    return this == GET || this == HEAD;
  }
}
