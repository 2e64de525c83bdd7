package org.nself.incidents.settings;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
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

  private static final Setting<Integer> RESPONSE_MAX_MIB =
      Setting.number(
          "RESPONSE_MAX_MIB",
          4,
          1,
          1_024,
          "MiB that one response may have: a list ends early and says that more follows; what"
              + " cannot end early gets 413");
  private static final Setting<Integer> RESPONSE_MEMORY_MIB =
      Setting.withoutDefault(
          "RESPONSE_MEMORY_MIB",
          "an eighth of the heap",
          "4 to 65,536",
          "MiB of responses and live events that clients have not taken yet; an account may have a"
              + " quarter. Above it slow clients are disconnected, and then requests get 503",
          (variable, value) -> Setting.parseNumber(variable, value, 4, 65_536));
  private static final Setting<Integer> VERIFICATION_SECONDS =
      Setting.number(
          "VERIFICATION_SECONDS",
          10,
          1,
          60,
          "seconds of each minute that an account may have timelines verified; above it"
              + " verifications get 429");

  /** In the order of the README. */
  static final List<Setting<?>> ALL =
      List.of(RESPONSE_MAX_MIB, RESPONSE_MEMORY_MIB, VERIFICATION_SECONDS);

  static ResponseSettings read(Function<String, @Nullable String> environment) {
    @Nullable Integer memory = RESPONSE_MEMORY_MIB.readOptional(environment);
    return new ResponseSettings(
        (long) RESPONSE_MAX_MIB.read(environment) << 20,
        memory == null ? Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP : (long) memory << 20,
        Duration.ofSeconds(VERIFICATION_SECONDS.read(environment)));
  }
}
