package org.nself.incidents.runbook.execution;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.HttpMethod;
import org.nself.incidents.runbook.definition.StepKind;

/**
 * The result of a dry run.
 *
 * @param inputs with the defaults
 */
public record DryRun(
    UUID runbookId, int runbookVersion, Map<String, Object> inputs, List<Step> steps) {

  /**
   * A step of a dry run.
   *
   * @param runs whether its condition holds; null where that is not known yet
   * @param unknown why something is not known yet
   * @param message the note it would append
   */
  public record Step(
      String key,
      String title,
      StepKind kind,
      List<String> after,
      @Nullable Boolean runs,
      @Nullable String unknown,
      @Nullable Request request,
      @Nullable String message) {}

  /** A request, secrets redacted. */
  public record Request(
      HttpMethod method, String url, List<Header> headers, @Nullable String body) {}

  /** A header of a request. */
  public record Header(String name, String value) {}
}
