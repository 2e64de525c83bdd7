/**
 * Executions of runbooks. An attempt is recorded before it has an effect and its result after it,
 * so that another worker can take over when one dies. db-scheduler keeps the tasks that run
 * executions, in the same database and in the same transactions.
 *
 * <p>A worker claims an execution by raising its fencing token; from then on the previous worker
 * can write nothing. {@link org.nself.incidents.runbook.execution.engine.ExecutionPlanner} decides
 * the next transitions without side effects; {@link
 * org.nself.incidents.runbook.execution.worker.ExecutionTaskHandler} and the classes around it
 * perform them.
 */
@NullMarked
package org.nself.incidents.runbook.execution;

import org.jspecify.annotations.NullMarked;
