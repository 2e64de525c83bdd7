package org.nself.incidents.account;

/** Stub. */
public record HasuraJwtSettings() {
  static HasuraJwtSettings parse(String s) {
    return new HasuraJwtSettings();
  }
}
