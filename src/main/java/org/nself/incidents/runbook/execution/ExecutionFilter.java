package org.nself.incidents.runbook.execution;

import java.util.UUID;

/** Of what executions are listed, newest first. */
sealed interface ExecutionFilter {

  UUID id();

  record OfIncident(UUID id) implements ExecutionFilter {}

  record OfRunbook(UUID id) implements ExecutionFilter {}
}
