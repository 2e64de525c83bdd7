package org.nself.incidents.runbook.execution.engine;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.RawJson;

/**
 * What of an execution stays as it is while one process has it.
 *
 * @param depth how many executions are above it
 * @param fencingToken raised by every process that takes it up
 * @param changeCount raised by whoever changes it from outside
 */
public record ExecutionLease(
    String account,
    UUID id,
    UUID runbookId,
    int runbookVersion,
    @Nullable UUID incidentId,
    @Nullable UUID parentId,
    int depth,
    RawJson inputs,
    String startedBy,
    long fencingToken,
    long changeCount) {}
