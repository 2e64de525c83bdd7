package org.nself.incidents.runbook;

import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.definition.DefinitionJsonCodec;
import org.nself.incidents.runbook.definition.DefinitionParser;
import org.nself.incidents.runbook.definition.DefinitionValidator;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
@Import({
  DefinitionParser.class,
  DefinitionValidator.class,
  RunbookController.class,
  RunbookDirectoryService.class,
  RunbookGraphQlController.class,
  RunbookService.class,
  RunbookYamlWriter.class
})
class RunbookConfiguration {

  @Bean
  DefinitionJsonCodec definitionJsonCodec(JsonMapper mapper, StrictJson json) {
    return new DefinitionJsonCodec(mapper, json);
  }

  @Bean
  RunbookStore runbookStore(TenantDatabase database, DefinitionJsonCodec codec) {
    return new RunbookStore(database, codec);
  }
}
