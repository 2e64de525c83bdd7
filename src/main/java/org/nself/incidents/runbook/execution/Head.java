package org.nself.incidents.runbook.execution;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Json;

/**
 * What of an execution stays as it is while one process has it.
 *
 * @param depth how many executions are above it
 * @param fence raised by every process that takes it up
 * @param wakes raised by whoever changes it from outside
 */
record Head(
    String account,
    UUID id,
    UUID runbookId,
    int runbookVersion,
    @Nullable UUID incidentId,
    @Nullable UUID parentId,
    int depth,
    Json inputs,
    String startedBy,
    long fence,
    long wakes) {}
