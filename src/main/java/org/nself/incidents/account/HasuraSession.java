package org.nself.incidents.account;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stub. */
record HasuraSession(Map<String, String> variables, @Nullable String subject) {
  String role(@Nullable String r) {
    return "x";
  }
}
