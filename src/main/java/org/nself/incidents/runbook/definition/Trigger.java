package org.nself.incidents.runbook.definition;

/**
 * Attaches a runbook to incidents automatically; {@code attach} in the API.
 *
 * @param condition a CEL condition over {@code incident}
 */
public record Trigger(String condition, TriggerMode mode) {}
