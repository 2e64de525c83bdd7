/** Decides what an execution does next. Pure: no JDBC, no threads, no clock of its own. */
@NullMarked
package org.nself.incidents.runbook.execution.engine;

import org.jspecify.annotations.NullMarked;
