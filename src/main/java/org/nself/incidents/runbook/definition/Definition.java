package org.nself.incidents.runbook.definition;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.FieldError;

/**
 * The content of a version of a runbook.
 *
 * @param description when to use it
 * @param steps in the order written; {@code after} states their dependencies, which have no cycle
 * @param attach null if it is never attached automatically
 * @param unsupported what this version of the service cannot read in a stored definition, because a
 *     newer version saved it; the other components are then incomplete and for display only
 */
public record Definition(
    String name,
    @Nullable String description,
    List<RunbookInput> inputs,
    List<Step> steps,
    @Nullable Trigger attach,
    @JsonIgnore List<FieldError> unsupported) {

  public Definition(
      String name,
      @Nullable String description,
      List<RunbookInput> inputs,
      List<Step> steps,
      @Nullable Trigger attach) {
    this(name, description, inputs, steps, attach, List.of());
  }

  /**
   * To be called before the definition is executed or changed.
   *
   * @throws ApiException {@code conflict} if this version of the service cannot read all of it
   */
  public void requireSupported() {
    if (!unsupported.isEmpty()) {
      throw ApiException.conflict(
          "The runbook was saved by a newer version of the service and uses what this version does"
              + " not support ("
              + describeUnsupported()
              + "); upgrade the service, or archive the runbook and create another");
    }
  }

  /** The unsupported members with the reasons, in one line. */
  public String describeUnsupported() {
    return unsupported.stream()
        .map(error -> error.field() + ": " + error.message())
        .collect(Collectors.joining("; "));
  }
}
