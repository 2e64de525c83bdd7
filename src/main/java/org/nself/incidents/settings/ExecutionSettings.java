package org.nself.incidents.settings;

/**
 * How runbooks are executed.
 *
 * @param workers how many executions this process runs at once
 * @param maxExecutions how many unfinished executions an account may have
 */
public record ExecutionSettings(int workers, int maxExecutions) {}
