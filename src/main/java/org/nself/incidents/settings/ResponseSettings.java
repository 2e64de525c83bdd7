package org.nself.incidents.settings;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Limits of what responses hold in memory and of what they cost.
 *
 * @param maxBytes of one response
 * @param memoryBytes of all responses that clients have not taken yet
 * @param verification of timelines that an account may have in a minute
 */
public record ResponseSettings(long maxBytes, long memoryBytes, Duration verification) {

  private static final int SHARE_OF_HEAP = 8;

  static ResponseSettings of(int maxMib, @Nullable Integer memoryMib, int verificationSeconds) {
    return new ResponseSettings(
        (long) maxMib << 20,
        memoryMib == null
            ? Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP
            : (long) memoryMib << 20,
        Duration.ofSeconds(verificationSeconds));
  }
}
