package org.nself.incidents.runbook.execution;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.DatabasePool;
import org.nself.incidents.database.Migrations;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.fairness.FairLimiter;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.incident.milestone.MilestoneService;
import org.nself.incidents.outbound.CallLimiter;
import org.nself.incidents.outbound.OutboundHttp;
import org.nself.incidents.runbook.execution.engine.ExecutionEventFactory;
import org.nself.incidents.runbook.execution.engine.JsonValues;
import org.nself.incidents.runbook.execution.engine.RequestRenderer;
import org.nself.incidents.runbook.execution.engine.TransitionFactory;
import org.nself.incidents.runbook.execution.worker.DatabaseClock;
import org.nself.incidents.runbook.execution.worker.ExecutionMetrics;
import org.nself.incidents.runbook.execution.worker.ExecutionStarter;
import org.nself.incidents.runbook.execution.worker.ExecutionStateStore;
import org.nself.incidents.runbook.execution.worker.ExecutionStore;
import org.nself.incidents.runbook.execution.worker.ExecutionTaskHandler;
import org.nself.incidents.runbook.execution.worker.ExecutionWakeups;
import org.nself.incidents.runbook.execution.worker.ExecutionWriter;
import org.nself.incidents.runbook.execution.worker.IncidentChangeHandler;
import org.nself.incidents.runbook.execution.worker.SchedulerLifecycle;
import org.nself.incidents.runbook.execution.worker.TaskGuard;
import org.nself.incidents.runbook.execution.worker.TaskStore;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Role;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.TimelineService;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({
  DatabaseClock.class,
  DryRunService.class,
  ExecutionController.class,
  ExecutionEventFactory.class,
  ExecutionGraphQlController.class,
  ExecutionMetrics.class,
  ExecutionQueries.class,
  ExecutionService.class,
  ExecutionStarter.class,
  ExecutionStateStore.class,
  ExecutionStore.class,
  ExecutionTopics.class,
  ExecutionWakeups.class,
  IncidentChangeHandler.class,
  JsonValues.class,
  RequestRenderer.class
})
class ExecutionConfiguration {

  /** For polling, heartbeats, completing tasks and reading the backlog. */
  private static final int TASK_CONNECTIONS = 4;

  /** What reading an execution whose outputs are as large as they may be takes, in bytes. */
  private static final long MEMORY_OF_WORKER = 8 << 20;

  @Bean
  TransitionFactory.IncidentReader incidentReader(
      IncidentService incidents, MilestoneService milestones, JsonValues values) {
    return (account, id) -> {
      Caller caller = new Caller(account, Role.SERVICE, "runbook");
      @Nullable Incident found = incidents.find(caller, new IncidentRef.ById(id));
      return found == null ? null : values.incident(found, milestones.find(caller, id));
    };
  }

  @Bean
  TransitionFactory transitionFactory(
      Expressions expressions,
      RequestRenderer requests,
      JsonValues values,
      ExecutionEventFactory events,
      UuidGenerator ids,
      TransitionFactory.IncidentReader incidents) {
    return new TransitionFactory(expressions, requests, values, events, ids::next, incidents);
  }

  @Bean
  ExecutionWriter executionWriter(
      TenantDatabase database,
      ExecutionStateStore states,
      ExecutionStore store,
      TransitionFactory transitions,
      DatabaseClock clock,
      IncidentService incidents,
      MilestoneService milestones,
      TimelineService timeline,
      ExecutionStarter starter,
      ExecutionWakeups wakeups,
      ExecutionMetrics metrics,
      ExecutionTopics topics) {
    return new ExecutionWriter(
        database,
        states,
        store,
        transitions,
        clock,
        incidents,
        milestones,
        timeline,
        starter,
        wakeups,
        metrics,
        topics::changed);
  }

  @Bean
  CallLimiter callLimiter(Settings settings, MeterRegistry registry) {
    return new CallLimiter(settings.executions().maxCalls(), registry);
  }

  @Bean
  TaskStore taskStore(
      TenantDatabase database,
      DatabaseClock clock,
      ExecutionWakeups wakeups,
      ExecutionMetrics metrics,
      ExecutionTopics topics) {
    return new TaskStore(database, clock, wakeups, metrics, topics::changed);
  }

  @Bean
  TaskGuard taskGuard(
      TaskStore tasks, ExecutionWakeups wakeups, Settings settings, MeterRegistry registry) {
    return new TaskGuard(
        tasks,
        wakeups,
        workers(
            "all",
            Math.clamp(
                Runtime.getRuntime().maxMemory() / MEMORY_OF_WORKER,
                1,
                Math.max(1, settings.executions().workers())),
            registry),
        workers("suspects", 1, registry));
  }

  private static FairLimiter workers(String which, int permits, MeterRegistry registry) {
    return new FairLimiter(
        new FairLimiter.Options(permits, "").withoutTimeout(),
        "nself_incident_execution_queue",
        "a worker",
        Tags.of("tasks", which),
        registry);
  }

  @Bean
  ExecutionTaskHandler executionTaskHandler(
      TenantDatabase database,
      ExecutionStateStore states,
      ExecutionWriter writer,
      TransitionFactory transitions,
      DatabaseClock clock,
      ExecutionWakeups wakeups,
      OutboundHttp http,
      CallLimiter calls,
      TaskGuard guard,
      MeterRegistry registry,
      ExecutionMetrics metrics) {
    return new ExecutionTaskHandler(
        database,
        states,
        writer,
        transitions,
        clock,
        wakeups,
        http,
        calls,
        guard,
        workers("large", 1, registry),
        metrics);
  }

  @Bean
  SchedulerLifecycle schedulerLifecycle(
      Settings settings,
      ConnectionFactory connections,
      Migrations migrations,
      MeterRegistry registry,
      DatabaseClock clock,
      ExecutionWakeups wakeups,
      ExecutionMetrics metrics,
      ExecutionTaskHandler executions,
      IncidentChangeHandler incidentChanges) {
    return new SchedulerLifecycle(
        new DatabasePool("scheduler", connections, TASK_CONNECTIONS, registry),
        settings.executions().workers() + settings.executions().maxCalls(),
        settings.executions().workers() > 0 && !migrations.isCopy(),
        clock,
        wakeups,
        metrics,
        List.of(executions.task(), incidentChanges.task()));
  }
}
