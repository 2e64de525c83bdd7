package org.nself.incidents.runbook.execution;

import java.util.UUID;

/** The command to try evaluations of triggers again that were set aside. */
public record RetryTriggerEvaluations(UUID incident) {}
