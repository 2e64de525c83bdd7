package org.nself.incidents.runbook.execution;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.Caller;
import org.nself.incidents.account.Role;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentKey;
import org.nself.incidents.incident.Incidents;

/** Begins pieces of work on executions, with what deciding about them needs. */
final class Works {

  private final Incidents incidents;
  private final Tools tools;
  private final CommonClock clock;

  Works(Incidents incidents, Tools tools, CommonClock clock) {
    this.incidents = incidents;
    this.tools = tools;
    this.clock = clock;
  }

  /**
   * @param state not to be used by anybody else from now on
   */
  Work on(State state) {
    return new Work(state, now(), tools, incident(state.head.account(), state.head.incidentId()));
  }

  /** Reads an incident as REST writes it, when it is wanted. */
  Supplier<@Nullable Map<String, @Nullable Object>> incident(String account, @Nullable UUID id) {
    return () -> {
      if (id == null) {
        return null;
      }
      @Nullable Incident found =
          incidents.find(new Caller(account, Role.SERVICE, "runbook"), new IncidentKey.ById(id));
      return found == null ? null : tools.values().incident(found);
    };
  }

  /** To the microsecond, as the database keeps it. */
  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
