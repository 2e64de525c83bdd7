package org.nself.incidents.runbook.execution.engine;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Definition;

/**
 * The version of a runbook that is executed.
 *
 * @param key of the runbook; null for none
 */
public record RunbookVersionRef(
    UUID runbookId, @Nullable String key, int version, Definition definition) {

  /** As the timeline calls what a runbook does of itself. */
  public String actor() {
    return "runbook:" + (key == null ? runbookId : key);
  }
}
