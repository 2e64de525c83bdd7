package org.nself.incidents.runbook;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What applying a directory of files did, or would do.
 *
 * @param dryRun whether nothing was done
 * @param runbooks in the order of the input; then those that were archived
 */
record AppliedRunbooks(boolean dryRun, List<Item> runbooks) {

  /** What applying did with a runbook. */
  enum Outcome {
    CREATED,
    UPDATED,
    UNCHANGED,
    ARCHIVED
  }

  /**
   * A runbook.
   *
   * @param key null for an archived one without a key
   * @param runbookId null for one that would be created
   * @param version as it is afterwards
   * @param changes the first of them, {@value DefinitionDiff#MAX_CHANGES} at most; none unless it
   *     was updated
   * @param changeCount how many there are
   */
  record Item(
      @Nullable String key,
      String name,
      Outcome result,
      @Nullable UUID runbookId,
      int version,
      List<DefinitionDiff.FieldChange> changes,
      int changeCount) {}
}
