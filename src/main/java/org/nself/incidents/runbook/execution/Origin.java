package org.nself.incidents.runbook.execution;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.Definition;

/**
 * The version of a runbook that is executed.
 *
 * @param key of the runbook; null for none
 */
record Origin(UUID runbookId, @Nullable String key, int version, Definition definition) {

  /** As the timeline calls what a runbook does of itself. */
  String actor() {
    return "runbook:" + (key == null ? runbookId : key);
  }
}
