package org.nself.incidents.runbook.execution;

import org.nself.incidents.api.Ids;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.expression.Secrets;

/** What deciding about an execution needs besides its state. */
record Tools(Expressions expressions, Secrets secrets, Values values, Evidence evidence, Ids ids) {}
