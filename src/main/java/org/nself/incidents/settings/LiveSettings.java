package org.nself.incidents.settings;

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
    @Nullable DatabaseUrl listen, int maxConnections, int maxSubscriptions, int maxComplexity) {}
