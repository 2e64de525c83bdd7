package org.nself.incidents.runbook.execution;

import java.time.Clock;
import java.util.List;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.IdempotencyKeys;
import org.nself.incidents.api.Ids;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.OpenApiFeature;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.expression.Secrets;
import org.nself.incidents.incident.Incidents;
import org.nself.incidents.live.Live;
import org.nself.incidents.ops.Database;
import org.nself.incidents.ops.Migrations;
import org.nself.incidents.ops.Settings;
import org.nself.incidents.outbound.OutboundHttp;
import org.nself.incidents.runbook.Runbooks;
import org.nself.incidents.timeline.Timeline;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
@Import(ExecutionRest.class)
class ExecutionConfiguration {

  /** Looking for tasks, showing life, leaving executions. */
  private static final int TASK_CONNECTIONS = 4;

  @Bean
  Tools runbookTools(
      Expressions expressions, Secrets secrets, JsonMapper mapper, JsonText json, Ids ids) {
    return new Tools(expressions, secrets, new Values(mapper), new Evidence(json), ids);
  }

  @Bean
  CommonClock runbookClock(Clock clock) {
    return new CommonClock(clock);
  }

  @Bean
  Wakes runbookWakes(CommonClock clock) {
    return new Wakes(clock);
  }

  @Bean
  ExecutionSearch executionSearch(AccountDatabase database) {
    return new ExecutionSearch(database);
  }

  @Bean
  ExecutionTopics executionTopics(ExecutionSearch search, Live live) {
    return new ExecutionTopics(search, live);
  }

  @Bean
  ExecutionStore executionStore(AccountDatabase database, Runbooks runbooks, Tools tools) {
    return new ExecutionStore(database, new Definitions(runbooks), tools.values());
  }

  @Bean
  Starts runbookStarts(
      Runbooks runbooks, Timeline timeline, Tools tools, Wakes wakes, Settings settings) {
    return new Starts(
        runbooks,
        new StartStore(tools.values()),
        timeline,
        tools.evidence(),
        tools.values(),
        wakes,
        settings.executions().maxExecutions());
  }

  @Bean
  Starting runbookStarting(Starts starts, Ids ids) {
    return new Starting(starts, ids);
  }

  @Bean
  Saving runbookSaving(
      AccountDatabase database,
      Tools tools,
      Incidents incidents,
      Timeline timeline,
      Starts starts,
      Wakes wakes,
      ExecutionTopics topics) {
    return new Saving(
        new WorkStore(database, tools.values(), tools.ids()),
        incidents,
        timeline,
        starts,
        wakes,
        topics);
  }

  @Bean
  Works runbookWorks(Incidents incidents, Tools tools, CommonClock clock) {
    return new Works(incidents, tools, clock);
  }

  @Bean
  Engine runbookEngine(
      AccountDatabase database,
      ExecutionStore store,
      Saving saving,
      Works works,
      OutboundHttp http,
      Wakes wakes) {
    return new Engine(database, store, saving, works, http, wakes);
  }

  @Bean
  Executions executions(
      AccountDatabase database,
      Engine engine,
      Starting starting,
      ExecutionSearch search,
      IdempotencyKeys keys,
      JsonText json) {
    return new Executions(engine, starting, search, new StepSearch(database), keys, json);
  }

  @Bean
  Plans runbookPlans(Runbooks runbooks, Incidents incidents, Tools tools) {
    return new Plans(runbooks, incidents, tools);
  }

  @Bean
  ExecutionGraphql executionGraphql(
      Executions executions, Plans plans, ExecutionTopics topics, Live live, JsonText json) {
    return new ExecutionGraphql(executions, plans, topics, live, json);
  }

  @Bean
  OpenApiFeature executionOpenApi(JsonText json) {
    return ExecutionOpenApi.describe(json);
  }

  @Bean
  Judging runbookJudging(
      Engine engine, Runbooks runbooks, Starting starting, Timeline timeline, Tools tools) {
    return new Judging(engine, runbooks, starting, timeline, tools);
  }

  /** Takes the migrations only to come after them. */
  @Bean
  Workers runbookWorkers(
      Settings settings,
      Migrations migrations,
      CommonClock clock,
      Wakes wakes,
      Engine engine,
      Judging judging) {
    return new Workers(
        new Database(settings.database(), TASK_CONNECTIONS),
        settings.executions().workers(),
        clock,
        wakes,
        List.of(new Advancing(engine).task(), judging.task()));
  }
}
