package org.nself.incidents.runbook.execution;

import java.util.UUID;

/** Selects the executions of a list by their owner. */
sealed interface ExecutionFilter {

  UUID id();

  record OfIncident(UUID id) implements ExecutionFilter {}

  record OfRunbook(UUID id) implements ExecutionFilter {}
}
