package org.nself.incidents.runbook.definition;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A step of a runbook.
 *
 * @param key the KEY of {@code steps.KEY} in expressions, unique in the runbook
 * @param dependsOn the keys of the steps that must finish before this one starts
 * @param when a CEL condition; if it is false, the step is skipped
 * @param timeoutSeconds maximum duration of an attempt; null for the default of its kind
 * @param retry null for a single attempt
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Step(
    String key,
    String title,
    @Nullable String instructions,
    @JsonProperty("after") List<String> dependsOn,
    @Nullable String when,
    @Nullable Integer timeoutSeconds,
    @Nullable Retry retry,
    OnFailure onFailure,
    Idempotence effect,
    @JsonIgnore Action action) {

  /**
   * The greatest timeout of an attempt of an HTTP step. Longer ones, which earlier versions saved,
   * are shortened to it.
   */
  public static final int MAX_HTTP_SECONDS = 300;

  @JsonProperty
  public StepKind kind() {
    return action.kind();
  }

  // The blocks of the API: the one of the step's kind is set, the others are null.

  @JsonProperty
  public Action.@Nullable Approval approval() {
    return action instanceof Action.Approval approval ? approval : null;
  }

  @JsonProperty
  public Action.@Nullable Http http() {
    return action instanceof Action.Http http ? http : null;
  }

  /** Not named {@code wait}, because of {@link Object#wait()}. */
  @JsonProperty("wait")
  public Action.@Nullable Wait waitAction() {
    return action instanceof Action.Wait wait ? wait : null;
  }

  @JsonProperty
  public Action.@Nullable ChangeIncident incident() {
    return action instanceof Action.ChangeIncident change ? change : null;
  }

  @JsonProperty
  public Action.@Nullable Note note() {
    return action instanceof Action.Note note ? note : null;
  }

  @JsonProperty
  public Action.@Nullable RunRunbook runbook() {
    return action instanceof Action.RunRunbook run ? run : null;
  }
}
