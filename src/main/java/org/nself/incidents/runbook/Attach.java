package org.nself.incidents.runbook;

/**
 * When a runbook is attached to an incident by itself.
 *
 * @param condition CEL over {@code incident}
 */
public record Attach(String condition, AttachMode mode) {}
