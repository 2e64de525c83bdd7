package org.nself.incidents.security;

/** What a role may do; each includes the ones above it. */
public enum Permission {
  /** See incidents, timelines and runbooks. */
  READ,
  /** Open and change incidents, write timelines, run runbooks. */
  WRITE,
  /** Define runbooks, redact events. */
  ADMINISTER
}
