package org.nself.incidents.runbook.execution.engine;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.Expressions;

/** Creates transitions, with everything that deciding about an execution needs. */
public final class TransitionFactory {

  final Expressions expressions;
  final RequestRenderer requests;
  final JsonValues values;
  final ExecutionEventFactory events;
  final Supplier<UUID> ids;
  final IncidentReader incidents;

  public TransitionFactory(
      Expressions expressions,
      RequestRenderer requests,
      JsonValues values,
      ExecutionEventFactory events,
      Supplier<UUID> ids,
      IncidentReader incidents) {
    this.expressions = expressions;
    this.requests = requests;
    this.values = values;
    this.events = events;
    this.ids = ids;
    this.incidents = incidents;
  }

  /** Reads an incident as REST writes it; null where the account does not have it. */
  @FunctionalInterface
  public interface IncidentReader {
    @Nullable Map<String, @Nullable Object> read(String account, UUID incident);
  }

  /**
   * @param state owned by the transition from now on
   * @param now truncated to microseconds, the precision of the database
   */
  public ExecutionTransition create(ExecutionState state, Instant now) {
    return new ExecutionTransition(state, now.truncatedTo(ChronoUnit.MICROS), this);
  }
}
