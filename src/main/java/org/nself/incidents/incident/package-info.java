/**
 * Incidents: severity, status, owner, labels, and the state machine of the status. Every change
 * appends events to the timeline.
 */
@NullMarked
package org.nself.incidents.incident;

import org.jspecify.annotations.NullMarked;
