package org.nself.incidents.runbook;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Trigger;

/**
 * The trigger of a runbook, without the rest of its definition.
 *
 * @param key null for none
 * @param version the latest
 */
public record RunbookTrigger(
    UUID id, @Nullable String key, String name, int version, Trigger trigger) {}
