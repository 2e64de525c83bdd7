package org.nself.incidents.security;

/** Permissions of roles; each includes those above it. */
public enum Permission {
  /** Read incidents, timelines and runbooks. */
  READ,
  /** Open and change incidents, write timelines, run runbooks. */
  WRITE,
  /** Define runbooks, redact events. */
  ADMINISTER
}
