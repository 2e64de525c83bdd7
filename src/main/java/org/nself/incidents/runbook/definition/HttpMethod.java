package org.nself.incidents.runbook.definition;

/** The methods that a step may send. */
public enum HttpMethod {
  GET,
  HEAD,
  POST,
  PUT,
  PATCH,
  DELETE;

  /** Whether the method reads only (RFC 9110, 9.2.1). */
  public boolean isSafe() {
    return this == GET || this == HEAD;
  }
}
