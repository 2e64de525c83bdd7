/** Tests of executions, against a server that counts the requests it receives. */
@NullMarked
package org.nself.incidents.runbook.execution;

import org.jspecify.annotations.NullMarked;
