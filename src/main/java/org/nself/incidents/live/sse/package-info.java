/**
 * Server-Sent Events: REST event streams and GraphQL subscriptions in graphql-sse's distinct
 * connections mode.
 */
@NullMarked
package org.nself.incidents.live.sse;

import org.jspecify.annotations.NullMarked;
