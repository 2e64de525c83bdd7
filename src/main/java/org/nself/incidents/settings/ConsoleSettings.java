package org.nself.incidents.settings;

import org.jspecify.annotations.Nullable;

/**
 * How people sign in to the web console, and what is served beside it.
 *
 * @param signInUrl where people sign in; null where they paste a JWT
 * @param apiExplorer whether Swagger UI and GraphiQL are served
 * @param tryOutKey signs the JWTs of the try-out; null outside of the try-out, and always in a
 *     production configuration
 */
public record ConsoleSettings(
    @Nullable String signInUrl, boolean apiExplorer, @Nullable String tryOutKey) {

  /** Whether this process is the try-out, {@code ./mvnw spring-boot:run}. */
  public boolean isTryOut() {
    return tryOutKey != null;
  }

  /** Without the key, because records are easily logged. */
  @Override
  public String toString() {
    return "ConsoleSettings[signInUrl=%s, apiExplorer=%s, tryOut=%s]"
        .formatted(signInUrl, apiExplorer, isTryOut());
  }
}
