package org.nself.incidents.settings;

import java.security.KeyPair;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How timelines are anchored.
 *
 * @param anchorKeys Ed25519: the first signs, all verify; empty where anchors are off
 * @param anchorIntervalSeconds how often anchors of changed timelines are logged
 */
public record TimelineSettings(List<KeyPair> anchorKeys, int anchorIntervalSeconds) {

  private static final Setting<List<KeyPair>> TIMELINE_ANCHOR_KEY =
      Setting.withoutDefault(
          "TIMELINE_ANCHOR_KEY",
          "none: no anchors",
          "an Ed25519 private key, PKCS #8 in PEM or base64; with commas further ones, which only"
              + " verify",
          "signs the state of timelines, so that a kept statement shows tampering;"
              + " `openssl genpkey -algorithm ed25519 -outform DER \\| base64 -w0` generates one",
          SigningKeys::parse);
  private static final Setting<Integer> TIMELINE_ANCHOR_INTERVAL_SECONDS =
      Setting.number(
          "TIMELINE_ANCHOR_INTERVAL_SECONDS",
          60,
          1,
          86_400,
          "how often anchors of changed timelines are written to the log");

  /** In the order of the README. */
  static final List<Setting<?>> ALL =
      List.of(TIMELINE_ANCHOR_KEY, TIMELINE_ANCHOR_INTERVAL_SECONDS);

  static TimelineSettings read(Function<String, @Nullable String> environment) {
    @Nullable List<KeyPair> keys = TIMELINE_ANCHOR_KEY.readOptional(environment);
    return new TimelineSettings(
        keys == null ? List.of() : keys, TIMELINE_ANCHOR_INTERVAL_SECONDS.read(environment));
  }
}
