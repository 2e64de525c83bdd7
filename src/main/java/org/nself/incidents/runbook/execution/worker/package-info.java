/**
 * Claims executions that are due, runs their steps and records the results. Scheduling is
 * db-scheduler's.
 */
@NullMarked
package org.nself.incidents.runbook.execution.worker;

import org.jspecify.annotations.NullMarked;
