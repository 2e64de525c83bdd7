package org.nself.incidents.runbook.execution.engine;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.runbook.execution.worker.DatabaseClock;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Role;
import org.nself.incidents.timeline.IncidentRef;

/** Begins pieces of work on executions, with what deciding about them needs. */
public final class TransitionFactory {

  private final IncidentService incidents;
  private final Tools tools;
  private final DatabaseClock clock;

  public TransitionFactory(IncidentService incidents, Tools tools, DatabaseClock clock) {
    this.incidents = incidents;
    this.tools = tools;
    this.clock = clock;
  }

  /**
   * @param state not to be used by anybody else from now on
   */
  public ExecutionTransition on(ExecutionState state) {
    return new ExecutionTransition(
        state, now(), tools, incident(state.head.account(), state.head.incidentId()));
  }

  /** Reads an incident as REST writes it, when it is wanted. */
  public Supplier<@Nullable Map<String, @Nullable Object>> incident(
      String account, @Nullable UUID id) {
    return () -> {
      if (id == null) {
        return null;
      }
      @Nullable Incident found =
          incidents.find(new Caller(account, Role.SERVICE, "runbook"), new IncidentRef.ById(id));
      return found == null ? null : tools.values().incident(found);
    };
  }

  /** To the microsecond, as the database keeps it. */
  public Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
