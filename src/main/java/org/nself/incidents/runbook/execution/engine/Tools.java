package org.nself.incidents.runbook.execution.engine;

import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.expression.Secrets;

/** What deciding about an execution needs besides its state. */
public record Tools(
    Expressions expressions,
    Secrets secrets,
    JsonValues values,
    ExecutionEventFactory evidence,
    UuidGenerator ids) {}
