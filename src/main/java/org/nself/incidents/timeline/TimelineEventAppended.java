package org.nself.incidents.timeline;

import java.util.UUID;

/**
 * A Spring event: an event was appended to a timeline by this process, and is committed. A hint
 * only: what other processes or psql append, or what was committed just before a crash, is not
 * published. Listeners run in the writer's thread, so they must be quick.
 */
public record TimelineEventAppended(String account, UUID incidentId) {}
