package org.nself.incidents.runbook.execution;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.HttpMethod;
import org.nself.incidents.runbook.definition.StepKind;

/**
 * What a runbook would do.
 *
 * @param inputs with the defaults
 */
public record DryRun(
    UUID runbookId, int runbookVersion, Map<String, Object> inputs, List<Step> steps) {

  /**
   * What a step would do.
   *
   * @param runs whether its condition holds; null where that cannot be known yet
   * @param unknown why something cannot be known yet
   * @param message what it would write
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

  /** A request, without secrets. */
  public record Request(
      HttpMethod method, String url, List<Header> headers, @Nullable String body) {}

  /** A header of a request. */
  public record Header(String name, String value) {}
}
