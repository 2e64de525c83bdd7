package org.nself.incidents.security.jwt;

import java.util.List;

/** The keys that tokens are checked with. */
sealed interface JwtKeySource permits JwtKeySource.Given, RemoteJwkSet {

  /**
   * Those known now.
   *
   * @throws org.nself.incidents.web.error.ApiException {@code unavailable}, where none have been
   *     had yet
   */
  List<JwtKey> currentKeys();

  /**
   * Those known after another look, for a token that none of them made; empty where a look cannot
   * find more. Takes as long as looking does.
   */
  List<JwtKey> refresh();

  /** The one that the configuration holds. */
  record Given(List<JwtKey> currentKeys) implements JwtKeySource {
    @Override
    public List<JwtKey> refresh() {
      return List.of();
    }
  }
}
