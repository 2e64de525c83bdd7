package org.nself.incidents.settings;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Limits of live connections, and where to listen for changes.
 *
 * @param listen where to listen for notifications, not through a pooler in transaction mode; null
 *     polls instead
 * @param maxConnections how many connections an account may have to this process
 * @param maxSubscriptions how many subscriptions an account may have in this process, over all its
 *     connections
 * @param maxComplexity what the results of all subscriptions of an account may cost in sum, about
 *     the number of their values
 */
public record LiveSettings(
    @Nullable DatabaseUrl listen, int maxConnections, int maxSubscriptions, int maxComplexity) {

  private static final Setting<Integer> LIVE_MAX_CONNECTIONS =
      Setting.number(
          "LIVE_MAX_CONNECTIONS",
          2_000,
          1,
          1_000_000,
          "live connections that an account may have to a process");
  private static final Setting<Integer> LIVE_MAX_SUBSCRIPTIONS =
      Setting.number(
          "LIVE_MAX_SUBSCRIPTIONS",
          10_000,
          1,
          1_000_000,
          "subscriptions that an account may have in a process");
  private static final Setting<Integer> LIVE_MAX_COMPLEXITY =
      Setting.number(
          "LIVE_MAX_COMPLEXITY",
          200_000,
          100,
          100_000_000,
          "values that one result of each GraphQL subscription of an account may have, in sum in a"
              + " process; a subscription of an event without nested fields has about ten");

  /** In the order of the README. */
  static final List<Setting<?>> ALL =
      List.of(LIVE_MAX_CONNECTIONS, LIVE_MAX_SUBSCRIPTIONS, LIVE_MAX_COMPLEXITY);

  static LiveSettings read(
      Function<String, @Nullable String> environment, @Nullable DatabaseUrl listen) {
    return new LiveSettings(
        listen,
        LIVE_MAX_CONNECTIONS.read(environment),
        LIVE_MAX_SUBSCRIPTIONS.read(environment),
        LIVE_MAX_COMPLEXITY.read(environment));
  }
}
