/**
 * The timelines of incidents: events are appended and never changed. The database assigns sequence
 * numbers and the hash chain. Other features append their events in the transactions they describe.
 * Provides timelines and the account feed to {@code live}.
 */
@NullMarked
package org.nself.incidents.timeline;

import org.jspecify.annotations.NullMarked;
