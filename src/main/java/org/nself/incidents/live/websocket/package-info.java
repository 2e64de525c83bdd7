/** GraphQL subscriptions over WebSocket, in the graphql-transport-ws protocol. */
@NullMarked
package org.nself.incidents.live.websocket;

import org.jspecify.annotations.NullMarked;
