package org.nself.incidents.runbook.definition;

/**
 * When a runbook is attached to an incident by itself.
 *
 * @param condition CEL over {@code incident}
 */
public record Trigger(String condition, TriggerMode mode) {}
