package org.nself.incidents.runbook;

import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.runbook.definition.DefinitionJsonCodec;
import org.nself.incidents.runbook.definition.DefinitionParser;
import org.nself.incidents.runbook.definition.DefinitionValidator;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
@Import(RunbookController.class)
class RunbookConfiguration {

  @Bean
  DefinitionParser definitionParser(StrictJson json) {
    return new DefinitionParser(json);
  }

  @Bean
  DefinitionValidator definitionValidator(Expressions expressions) {
    return new DefinitionValidator(expressions);
  }

  @Bean
  RunbookStore runbookStore(TenantDatabase database, JsonMapper mapper, StrictJson json) {
    return new RunbookStore(database, new DefinitionJsonCodec(mapper, json));
  }

  @Bean
  RunbookService runbookService(
      TenantDatabase database,
      RunbookStore store,
      DefinitionValidator validator,
      IdempotencyKeyStore keys,
      UuidGenerator ids,
      StrictJson json) {
    return new RunbookService(database, store, validator, keys, ids, json);
  }

  @Bean
  RunbookYamlWriter runbookYamlWriter(JsonMapper mapper, StrictJson json) {
    return new RunbookYamlWriter(mapper, json);
  }

  @Bean
  RunbookGraphQlController runbookGraphQlController(
      RunbookService runbooks, DefinitionParser parser) {
    return new RunbookGraphQlController(runbooks, parser);
  }
}
