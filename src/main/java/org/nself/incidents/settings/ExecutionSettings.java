package org.nself.incidents.settings;

/**
 * How runbooks are executed.
 *
 * @param workers how many executions this process evaluates at once
 * @param maxCalls how many HTTP requests of steps this process has in flight
 * @param maxExecutions how many unfinished executions an account may have
 */
public record ExecutionSettings(int workers, int maxCalls, int maxExecutions) {}
