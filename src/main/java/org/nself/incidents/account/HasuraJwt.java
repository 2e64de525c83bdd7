package org.nself.incidents.account;

import java.net.http.HttpClient;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** Stub. */
public final class HasuraJwt {
  HasuraJwt(HasuraJwtSettings s, Clock c, HttpClient h) {}

  public @Nullable String token(RequestHeaders h) {
    return null;
  }

  public HasuraSession verify(String t) {
    return new HasuraSession(java.util.Map.of(), t);
  }
}
