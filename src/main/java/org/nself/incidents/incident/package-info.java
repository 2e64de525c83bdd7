/**
 * Incidents: how bad, how far, who has them, and the changes that they may go through. Every change
 * is written to the timeline too.
 */
@NullMarked
package org.nself.incidents.incident;

import org.jspecify.annotations.NullMarked;
