/**
 * Following what happens, without a gap: the hub reads each topic once for all who watch it, the
 * transports carry it to them by WebSocket and Server-Sent Events.
 *
 * <p>A cursor is the truth; a hint only says that it is worth reading on. Hints come from writers
 * in this process at once, from other processes by NOTIFY, and are made up for by a sweep where
 * none came. Every watcher has a cursor of its own and a small buffer; one that cannot keep up
 * loses the buffer, never an event, and reads on from its cursor.
 *
 * <p>Knows timelines; what else there is to follow brings a {@link
 * org.nself.incidents.live.TopicKind} of its own.
 */
@NullMarked
package org.nself.incidents.live;

import org.jspecify.annotations.NullMarked;
