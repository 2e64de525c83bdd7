package org.nself.incidents.runbook.execution;

import java.util.UUID;

/** The command to try an execution again that was set aside. */
public record RetryExecution(UUID execution) {}
