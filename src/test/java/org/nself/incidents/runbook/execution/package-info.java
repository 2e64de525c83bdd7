/** Executions of runbooks, against a server that counts what reaches it. */
@NullMarked
package org.nself.incidents.runbook.execution;

import org.jspecify.annotations.NullMarked;
