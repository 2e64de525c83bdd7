package org.nself.incidents.account;

import java.util.List;

/** The keys that tokens are checked with. */
sealed interface JwtKeys permits JwtKeys.Given, JwkSet {

  /**
   * Those known now.
   *
   * @throws org.nself.incidents.api.Problem {@code unavailable}, where none have been had yet
   */
  List<JwtKey> known();

  /**
   * Those known after another look, for a token that none of them made; empty where a look cannot
   * find more. Takes as long as looking does.
   */
  List<JwtKey> lookedUpAgain();

  /** The one that the configuration holds. */
  record Given(List<JwtKey> known) implements JwtKeys {
    @Override
    public List<JwtKey> lookedUpAgain() {
      return List.of();
    }
  }
}
