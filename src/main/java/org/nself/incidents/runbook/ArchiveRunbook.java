package org.nself.incidents.runbook;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;

/**
 * The runbook to archive.
 *
 * @param expectedVersion the version that the runbook must have; null for any
 */
public record ArchiveRunbook(UUID runbook, @Nullable Integer expectedVersion) {

  static ArchiveRunbook read(InputReader input) {
    return new ArchiveRunbook(
        input.requiredUuid("id"), input.integer("expectedVersion", 1, Integer.MAX_VALUE));
  }
}
