package org.nself.incidents.runbook.execution.engine;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An attempt, as it is written: when it begins, and again when it ends. */
record AttemptRow(
    String step,
    int number,
    @JsonIgnore AttemptOutcome result,
    @Nullable String request,
    @Nullable Integer httpStatus,
    @Nullable String excerpt,
    @Nullable String error,
    @Nullable Instant startedAt,
    @Nullable Instant finishedAt) {

  static AttemptRow begun(String step, int number, String request, Instant now) {
    return new AttemptRow(
        step, number, AttemptOutcome.RUNNING, request, null, null, null, now, null);
  }

  static AttemptRow ended(
      String step, int number, AttemptOutcome outcome, @Nullable String error, Instant now) {
    return new AttemptRow(step, number, outcome, null, null, null, error, null, now);
  }

  @JsonProperty
  public String outcome() {
    return result.word();
  }
}
