package org.nself.incidents.runbook.definition;

/**
 * How often to try a step that fails.
 *
 * @param maxAttempts the first one included, 1 to 20
 * @param backoffSeconds the wait before the second attempt, doubled before each further one
 * @param maxBackoffSeconds the longest wait
 */
public record Retry(int maxAttempts, int backoffSeconds, int maxBackoffSeconds) {}
