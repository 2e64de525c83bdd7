/**
 * What happened in an incident, in order: events are appended and never changed. Sequence and hash
 * chain are given by the database. Other features write their events here, in the transaction of
 * what they do.
 */
@NullMarked
package org.nself.incidents.timeline;

import org.jspecify.annotations.NullMarked;
