package org.nself.incidents.settings;

/**
 * How runbooks are executed.
 *
 * @param workers how many executions this process works on at once
 * @param maxExecutions how many executions an account may have that are not finished
 */
public record ExecutionSettings(int workers, int maxExecutions) {}
