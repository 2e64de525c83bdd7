/**
 * Live subscriptions without gaps. A registry reads each topic once for all its subscribers; the
 * transports in {@code live.sse} and {@code live.websocket} deliver the entries.
 *
 * <p>What a subscriber receives is decided by its cursor alone; a hint only says that there is more
 * to read. Writers in this process hint directly, other processes by NOTIFY, and polling finds what
 * was never hinted. Each subscriber has a cursor of its own and a small buffer. One that is too
 * slow loses the buffer, never an entry, and continues to read from its cursor.
 *
 * <p>Knows no feature: a feature provides its topics as a {@link
 * org.nself.incidents.live.TopicKind}.
 */
@NullMarked
package org.nself.incidents.live;

import org.jspecify.annotations.NullMarked;
