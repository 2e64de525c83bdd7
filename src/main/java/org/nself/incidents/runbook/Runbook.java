package org.nself.incidents.runbook;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Definition;

/**
 * A runbook in its latest version.
 *
 * @param key unique among the runbooks of the account that are not archived; null for none
 * @param source the directory of files that made it; null if it was made by itself
 * @param version counts from 1
 * @param updatedAt when this version was created or the runbook was archived
 * @param archivedAt null if it is not archived
 */
public record Runbook(
    UUID id,
    @Nullable String key,
    @Nullable String source,
    int version,
    @JsonUnwrapped Definition definition,
    String createdBy,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant archivedAt) {}
