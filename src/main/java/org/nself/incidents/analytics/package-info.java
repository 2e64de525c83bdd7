/**
 * Metrics over incidents: how long they took to detect, acknowledge, mitigate and resolve, how
 * often they were reopened, and when they begin. docs/numbers.md has every formula.
 */
@NullMarked
package org.nself.incidents.analytics;

import org.jspecify.annotations.NullMarked;
