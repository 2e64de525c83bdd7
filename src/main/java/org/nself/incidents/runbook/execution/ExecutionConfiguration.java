package org.nself.incidents.runbook.execution;

import java.time.Clock;
import java.util.List;
import org.nself.incidents.database.DatabasePool;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.Migrations;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.expression.Secrets;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.outbound.OutboundHttp;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.execution.engine.ExecutionEventFactory;
import org.nself.incidents.runbook.execution.engine.JsonValues;
import org.nself.incidents.runbook.execution.engine.Tools;
import org.nself.incidents.runbook.execution.engine.TransitionFactory;
import org.nself.incidents.runbook.execution.worker.DatabaseClock;
import org.nself.incidents.runbook.execution.worker.ExecutionCommands;
import org.nself.incidents.runbook.execution.worker.ExecutionStarter;
import org.nself.incidents.runbook.execution.worker.ExecutionStateStore;
import org.nself.incidents.runbook.execution.worker.ExecutionStore;
import org.nself.incidents.runbook.execution.worker.ExecutionTaskHandler;
import org.nself.incidents.runbook.execution.worker.ExecutionWakeups;
import org.nself.incidents.runbook.execution.worker.ExecutionWriter;
import org.nself.incidents.runbook.execution.worker.IncidentChangeHandler;
import org.nself.incidents.runbook.execution.worker.RunbookVersionCache;
import org.nself.incidents.runbook.execution.worker.SchedulerLifecycle;
import org.nself.incidents.runbook.execution.worker.StartStore;
import org.nself.incidents.runbook.execution.worker.Starting;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.openapi.OpenApiTag;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
@Import(ExecutionController.class)
class ExecutionConfiguration {

  /** Looking for tasks, showing life, leaving executions. */
  private static final int TASK_CONNECTIONS = 4;

  @Bean
  Tools runbookTools(
      Expressions expressions,
      Secrets secrets,
      JsonMapper mapper,
      StrictJson json,
      UuidGenerator ids) {
    return new Tools(
        expressions, secrets, new JsonValues(mapper), new ExecutionEventFactory(json), ids);
  }

  @Bean
  DatabaseClock runbookClock(Clock clock) {
    return new DatabaseClock(clock);
  }

  @Bean
  ExecutionWakeups runbookWakes(DatabaseClock clock) {
    return new ExecutionWakeups(clock);
  }

  @Bean
  ExecutionQueries executionQueries(TenantDatabase database) {
    return new ExecutionQueries(database);
  }

  @Bean
  ExecutionTopics executionTopics(ExecutionQueries search, LiveService live) {
    return new ExecutionTopics(search, live);
  }

  @Bean
  ExecutionStore executionStore(TenantDatabase database, RunbookService runbooks, Tools tools) {
    return new ExecutionStore(database, new RunbookVersionCache(runbooks), tools.values());
  }

  @Bean
  ExecutionStarter runbookStarts(
      RunbookService runbooks,
      TimelineService timeline,
      Tools tools,
      ExecutionWakeups wakes,
      Settings settings) {
    return new ExecutionStarter(
        runbooks,
        new StartStore(tools.values()),
        timeline,
        tools.evidence(),
        tools.values(),
        wakes,
        settings.executions().maxExecutions());
  }

  @Bean
  Starting runbookStarting(ExecutionStarter starts, UuidGenerator ids) {
    return new Starting(starts, ids);
  }

  @Bean
  ExecutionWriter runbookSaving(
      TenantDatabase database,
      Tools tools,
      IncidentService incidents,
      TimelineService timeline,
      ExecutionStarter starts,
      ExecutionWakeups wakes,
      ExecutionTopics topics) {
    return new ExecutionWriter(
        new ExecutionStateStore(database, tools.values(), tools.ids()),
        incidents,
        timeline,
        starts,
        wakes,
        topics);
  }

  @Bean
  TransitionFactory runbookWorks(IncidentService incidents, Tools tools, DatabaseClock clock) {
    return new TransitionFactory(incidents, tools, clock);
  }

  @Bean
  ExecutionCommands runbookEngine(
      TenantDatabase database,
      ExecutionStore store,
      ExecutionWriter saving,
      TransitionFactory works,
      OutboundHttp http,
      ExecutionWakeups wakes) {
    return new ExecutionCommands(database, store, saving, works, http, wakes);
  }

  @Bean
  ExecutionService executionService(
      TenantDatabase database,
      ExecutionCommands engine,
      Starting starting,
      ExecutionQueries search,
      IdempotencyKeyStore keys,
      StrictJson json) {
    return new ExecutionService(engine, starting, search, new StepQueries(database), keys, json);
  }

  @Bean
  DryRunService runbookPlans(RunbookService runbooks, IncidentService incidents, Tools tools) {
    return new DryRunService(runbooks, incidents, tools);
  }

  @Bean
  ExecutionGraphQlController executionGraphQlController(
      ExecutionService executions,
      DryRunService plans,
      ExecutionTopics topics,
      LiveService live,
      StrictJson json) {
    return new ExecutionGraphQlController(executions, plans, topics, live, json);
  }

  @Bean
  OpenApiTag executionOpenApi(StrictJson json) {
    return ExecutionOpenApi.describe(json);
  }

  @Bean
  IncidentChangeHandler runbookJudging(
      ExecutionCommands engine,
      RunbookService runbooks,
      Starting starting,
      TimelineService timeline,
      Tools tools) {
    return new IncidentChangeHandler(engine, runbooks, starting, timeline, tools);
  }

  /** Takes the migrations only to come after them. */
  @Bean
  SchedulerLifecycle runbookWorkers(
      Settings settings,
      Migrations migrations,
      DatabaseClock clock,
      ExecutionWakeups wakes,
      ExecutionCommands engine,
      IncidentChangeHandler judging) {
    return new SchedulerLifecycle(
        new DatabasePool(settings.database(), TASK_CONNECTIONS),
        settings.executions().workers(),
        clock,
        wakes,
        List.of(new ExecutionTaskHandler(engine).task(), judging.task()));
  }
}
