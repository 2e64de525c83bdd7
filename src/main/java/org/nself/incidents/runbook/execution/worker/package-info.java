/**
 * Claims due executions, runs their steps and records the results. The scheduling itself is
 * db-scheduler's.
 */
@NullMarked
package org.nself.incidents.runbook.execution.worker;

import org.jspecify.annotations.NullMarked;
