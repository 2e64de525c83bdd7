package org.nself.incidents.runbook;

import java.time.Instant;
import org.nself.incidents.runbook.definition.Definition;

/** A version of a runbook. It is immutable. */
public record RunbookVersion(
    int version, Definition definition, String createdBy, Instant createdAt) {}
