package org.nself.incidents.runbook.definition;

/**
 * The retry policy of a step.
 *
 * @param maxAttempts 1 to 20, including the first
 * @param backoffSeconds delay before the second attempt, doubled before each further one
 * @param maxBackoffSeconds maximum delay
 */
public record Retry(int maxAttempts, int backoffSeconds, int maxBackoffSeconds) {}
