/**
 * Executions: doing what a runbook says, once. What is about to be done is written before it is
 * done, and what came of it after, so that a process that dies leaves nothing behind that another
 * could not take over. When to look at an execution again is kept by db-scheduler, in the same
 * database and in the same transactions.
 *
 * <p>A process takes an execution up by raising its fence; from then on whoever had it before can
 * write nothing more. {@link org.nself.incidents.runbook.execution.engine.ExecutionPlanner} decides
 * what comes next, without touching anything; {@link
 * org.nself.incidents.runbook.execution.worker.ExecutionRunner} does it.
 */
@NullMarked
package org.nself.incidents.runbook.execution;

import org.jspecify.annotations.NullMarked;
