package org.nself.incidents.runbook.definition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a version of a runbook says.
 *
 * @param description when to use it
 * @param steps in the order written; {@code after} says what waits for what, and there is no circle
 * @param attach null for never
 */
public record Definition(
    String name,
    @Nullable String description,
    List<RunbookInput> inputs,
    List<Step> steps,
    @Nullable Trigger attach) {}
