/**
 * Milestones of incidents: when each started, was detected, declared, acknowledged, mitigated and
 * resolved, and their corrections. Triggers of the database derive them from the timeline.
 */
@NullMarked
package org.nself.incidents.incident.milestone;

import org.jspecify.annotations.NullMarked;
