package org.nself.incidents.runbook;

import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.IdempotencyKeys;
import org.nself.incidents.api.Ids;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.OpenApiFeature;
import org.nself.incidents.expression.Expressions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
@Import({RunbookRest.class, RunbookYamlRest.class})
class RunbookConfiguration {

  @Bean
  DefinitionReader definitionReader(JsonText json) {
    return new DefinitionReader(json);
  }

  @Bean
  DefinitionCheck definitionCheck(Expressions expressions) {
    return new DefinitionCheck(expressions);
  }

  @Bean
  RunbookStore runbookStore(AccountDatabase database, JsonMapper mapper, JsonText json) {
    return new RunbookStore(database, new DefinitionJson(mapper, json));
  }

  @Bean
  Runbooks runbooks(
      AccountDatabase database,
      RunbookStore store,
      DefinitionCheck check,
      IdempotencyKeys keys,
      Ids ids,
      JsonText json) {
    return new Runbooks(database, store, check, keys, ids, json);
  }

  @Bean
  RunbookFile runbookFile(JsonMapper mapper, JsonText json) {
    return new RunbookFile(mapper, json);
  }

  @Bean
  RunbookGraphql runbookGraphql(Runbooks runbooks, DefinitionReader reader) {
    return new RunbookGraphql(runbooks, reader);
  }

  @Bean
  OpenApiFeature runbookOpenApi(DefinitionReader reader) {
    return RunbookOpenApi.describe(reader);
  }
}
